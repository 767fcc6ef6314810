"""An interrupt keeps the variables; only a cell that does not listen loses them, and is told so."""

import os
import signal
import time

from client import KernelCase


class Interrupt(KernelCase):
    def wait_for(self, request, kind):
        for message in self.messages(request):
            if message["msg_type"] == kind:
                return message
        self.fail(f"no {kind}")

    def interrupted(self, request):
        """The reply of a cell that listens when it is interrupted, which takes no ten seconds."""
        asked = time.monotonic()
        self.manager.interrupt_kernel()
        reply = self.reply(request)
        self.assertLess(time.monotonic() - asked, 10)
        self.assertEqual((reply["status"], reply["ename"]), ("error", "KeyboardInterrupt"), reply)
        return reply

    def test_a_sweep_stops_at_its_next_pair_and_goes_on_from_there(self):
        self.execute("let model = CrossEncoder::embedded()?; let pairs = Collection::embedded()?.with_qrels(\"all\")?.judged_pairs()?;"
                     "let pairs = pairs.filter(|pair| pair.query_id <= \"q09\".to_string());")
        sweep = "model.ablate(Heads::all()).over(&pairs)?.height()"
        request = self.client.execute(sweep)
        self.wait_for(request, "update_display_data")
        reply = self.interrupted(request)
        self.assertRegex(reply["evalue"], r"interrupted after \d+ of 63 pairs; they are kept.*all variables are kept")
        done = int(reply["evalue"].split()[2])
        reply, published = self.execute(sweep)
        self.assertEqual(reply["status"], "ok", reply)
        first = next(message for message in published if message["msg_type"] == "display_data")
        self.assertGreater(int(first["content"]["data"]["text/plain"].split("/63")[0].split()[-1]), done)

    def test_a_signal_interrupts_too(self):
        self.execute("let kept = 5;")
        request = self.client.execute("println!(\"begun\"); while !crosslens::live::interrupted() { std::thread::sleep(std::time::Duration::from_millis(10)); } println!(\"seen\");")
        self.wait_for(request, "stream")
        os.kill(self.manager.provisioner.pid, signal.SIGINT)
        published = list(self.messages(request))
        self.assertEqual(self.reply(request)["status"], "ok")
        self.assertIn("seen", self.printed(published))
        self.assertEqual(self.shown("kept"), "5")

    def test_a_compilation_ends_at_once(self):
        self.execute("let kept = 6;")
        # The compiler counts to the end of the numbers.
        request = self.client.execute("#[allow(long_running_const_eval)] const END: u64 = { let mut n = 0; while n < u64::MAX { n += 1 } n };\nEND")
        time.sleep(3)
        self.interrupted(request)
        self.assertEqual(self.shown("kept"), "6")

    def test_what_does_not_listen_is_ended_by_the_second_interrupt(self):
        self.execute("let lost = 7;")
        request = self.client.execute("println!(\"begun\"); loop { std::hint::spin_loop(); }")
        self.wait_for(request, "stream")
        self.manager.interrupt_kernel()
        time.sleep(1)
        self.manager.interrupt_kernel()
        reply = self.reply(request)
        self.assertEqual((reply["status"], reply["ename"]), ("error", "KeyboardInterrupt"), reply)
        self.assertIn("lost", reply["evalue"].split("Lost variables:")[1])
        self.assertEqual(self.shown("1 + 1"), "2")

    def test_an_idle_kernel_is_not_interrupted(self):
        self.manager.interrupt_kernel()
        time.sleep(0.5)
        self.assertEqual(self.shown("2 + 2"), "4")
