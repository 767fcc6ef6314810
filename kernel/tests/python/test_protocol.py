"""The rest of the protocol, and clients that do not keep to it."""

import json
import random
import time
import unittest

import zmq
from client import PATIENCE, KernelCase
from jupyter_client.manager import start_new_kernel


class Protocol(KernelCase):
    def test_counts_begin_at_one_and_silence_is_silent(self):
        manager, client = start_new_kernel(kernel_name="crosslens", startup_timeout=PATIENCE)
        try:
            reply = client.execute_interactive("1", timeout=PATIENCE, output_hook=lambda _: None)
            self.assertEqual(reply["content"]["execution_count"], 1)
            shown = []
            reply = client.execute_interactive("println!(\"x\"); 2", silent=True, timeout=PATIENCE, output_hook=shown.append)
            self.assertEqual(reply["content"]["execution_count"], 1)
            self.assertEqual([message["msg_type"] for message in shown if message["msg_type"] != "status"], [])
            reply = client.execute_interactive("3", store_history=False, timeout=PATIENCE, output_hook=lambda _: None)
            self.assertEqual(reply["content"]["execution_count"], 1)
            manager.restart_kernel()
            client.wait_for_ready(timeout=PATIENCE)
            reply = client.execute_interactive("4", timeout=PATIENCE, output_hook=lambda _: None)
            self.assertEqual((reply["content"]["status"], reply["content"]["execution_count"]), ("ok", 1))
        finally:
            client.stop_channels()
            manager.shutdown_kernel()

    def test_user_expressions_are_evaluated(self):
        reply, _ = self.execute("let ten = 10;", user_expressions={"more": "ten + 1", "wrong": "nothing"})
        expressions = reply["user_expressions"]
        self.assertEqual(expressions["more"]["data"]["text/plain"], "11")
        self.assertEqual((expressions["wrong"]["status"], expressions["wrong"]["ename"]), ("error", "E0425"))

    def test_completion_tells_kinds(self):
        self.execute("let tests = Collection::embedded()?;")
        request = self.client.complete("tests.judged_")
        reply = self.reply(request)
        self.assertIn("judged_pairs", [match.split("(")[0] for match in reply["matches"]])
        self.assertTrue(any(kind["type"] for kind in reply["metadata"]["_jupyter_types_experimental"]))

    def test_arguments_of_generic_functions_are_completed(self):
        self.execute("let pairs_to_ask = Collection::embedded()?.judged_pairs()?;")
        code = "let é = 1; CrossEncoder::embedded()?.ablate(Heads::all()).over(&pairs_to)?"
        reply = self.reply(self.client.complete(code, code.index(")?", code.index("over"))))
        self.assertEqual(reply["matches"], ["pairs_to_ask"])
        self.assertEqual(code[reply["cursor_start"]:reply["cursor_end"]], "pairs_to")

    def test_a_call_is_documented_at_its_arguments_and_behind_it(self):
        code = "heatmap(&df!()?, \"effect\", \"Which?\")"
        for place in [code.index("effect"), code.index("(") + 1, len(code)]:
            reply = self.reply(self.client.inspect(code, place))
            self.assertTrue(reply["found"], code[:place])
            self.assertIn("pub fn heatmap(", reply["data"]["text/plain"])

    def test_our_functions_are_documented(self):
        request = self.client.inspect("CrossEncoder::embedded")
        reply = self.reply(request)
        self.assertTrue(reply["found"], reply)
        self.assertIn("ships with crosslens", reply["data"]["text/plain"])

    def test_a_cell_asks_for_input(self):
        # The two lines of evcxr's protocol, so that nothing has to be compiled for this test.
        ask = "println!(\"EVCXR_INPUT_REQUEST{}:{}\"); let mut line = String::new(); std::io::stdin().read_line(&mut line)?; println!(\"<{{}}>\", line.trim_end());"
        for secret in ["", "_PASSWORD"]:
            request = self.client.execute(ask.format(secret, "name?"), allow_stdin=True)
            question = self.client.get_stdin_msg(timeout=PATIENCE)
            self.assertEqual(question["content"], {"prompt": "name?", "password": bool(secret)})
            self.client.input("Ada")
            self.assertIn("<Ada>", self.printed(list(self.messages(request))))
            self.assertEqual(self.reply(request)["status"], "ok")

    def test_comms_and_debugger_are_absent(self):
        request = self.client.comm_info()
        self.assertEqual(self.reply(request)["comms"], {})
        request = self.client.kernel_info()
        self.assertFalse(self.reply(request)["debugger"])

    def test_two_hundred_cells_in_a_row(self):
        before = self.memory()
        for n in range(200):
            self.assertEqual(self.shown(f"{n} + 1"), str(n + 1))
        after = self.memory()
        print(f"200 cells: the kernel's memory grew from {before:.0f} to {after:.0f} MB")
        self.assertLess(after - before, 500)

    def memory(self):
        with open(f"/proc/{self.manager.provisioner.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


class Mutations(KernelCase):
    def test_ten_thousand_damaged_messages_are_dropped(self):
        numbers = random.Random(42)
        session, context = self.client.session, zmq.Context()
        connection = self.manager.get_connection_info()
        sockets = []
        self.addCleanup(lambda: context.destroy(linger=0))
        for channel, kind in [("shell", zmq.DEALER), ("control", zmq.DEALER), ("stdin", zmq.DEALER), ("hb", zmq.DEALER), ("iopub", zmq.SUB)]:
            socket = context.socket(kind)
            socket.linger = 0
            socket.connect(f"tcp://127.0.0.1:{connection[channel + '_port']}")
            sockets.append(socket)
        requests = [
            session.msg("execute_request", {"code": "std::process::exit(9)", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}),
            session.msg("kernel_info_request", {}),
            session.msg("complete_request", {"code": "x.", "cursor_pos": 2}),
            session.msg("is_complete_request", {"code": "fn f() {"}),
            session.msg("shutdown_request", {"restart": False}),
        ]
        for n in range(10_000):
            whole = [b"id", *session.serialize(numbers.choice(requests))]
            frames = list(whole)
            for _ in range(numbers.randint(1, 4)):
                # From the signature on: identities in front may be any.
                at = numbers.randrange(2, len(frames))
                frame = bytearray(frames[at])
                change = numbers.randrange(4)
                if change == 0:
                    frames[at] = b""
                elif change == 1:
                    del frames[at]
                elif change == 2:
                    frames.insert(at, numbers.randbytes(8))
                elif frame:
                    frame[numbers.randrange(len(frame))] ^= 1 << numbers.randrange(8)
                    frames[at] = bytes(frame)
                if len(frames) < 4:
                    break
            if frames == whole:
                # Two changes that undo each other.
                continue
            socket = sockets[n % 4]
            try:
                socket.send_multipart(frames, zmq.NOBLOCK)
            except zmq.Again:
                time.sleep(0.01)
            if n % 5 == 0:
                sockets[4].setsockopt(zmq.SUBSCRIBE, numbers.randbytes(4))
        time.sleep(1)
        self.assertTrue(self.manager.is_alive())
        self.assertEqual(self.shown("20 + 22"), "42")


if __name__ == "__main__":
    unittest.main()
