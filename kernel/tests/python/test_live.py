"""Outputs come while a cell runs, in order, and all before its idle."""

import time

from client import KernelCase

SECOND = "std::thread::sleep(std::time::Duration::from_millis(1000));"


class Live(KernelCase):
    def test_text_is_streamed_as_it_is_written(self):
        request = self.client.execute(f"print!(\"half\"); {SECOND} println!(\" line\"); eprintln!(\"warned\"); print!(\"last\");")
        seen = [(time.monotonic(), message["content"]) for message in self.messages(request) if message["msg_type"] == "stream"]
        self.reply(request)
        out = [(at, content["text"]) for at, content in seen if content["name"] == "stdout"]
        self.assertEqual("".join(text for _, text in out), "half line\nlast")
        self.assertEqual(out[0][1], "half")
        self.assertGreater(out[1][0] - out[0][0], 0.5)
        self.assertEqual("".join(content["text"] for _, content in seen if content["name"] == "stderr"), "warned\n")

    def test_many_outputs_keep_their_order(self):
        code = "\n".join(f"println!(\"text {n}\"); show(&df!(\"n\" => [{n}])?);" for n in range(5))
        reply, published = self.execute(code)
        self.assertEqual(reply["status"], "ok", reply)
        kinds = []
        for message in published:
            if message["msg_type"] == "stream":
                kinds += message["content"]["text"].split()[1::2]
            elif message["msg_type"] == "display_data":
                kinds.append("shown " + message["content"]["data"]["text/plain"].split()[-1])
        self.assertEqual(kinds, [item for n in range(5) for item in (str(n), f"shown {n}")])

    def test_a_display_is_updated_and_cleared(self):
        reply, published = self.execute("let shown = show(&df!(\"n\" => [1])?); shown.update(&df!(\"n\" => [2])?); clear_output(true);")
        self.assertEqual(reply["status"], "ok", reply)
        kinds = [message["msg_type"] for message in published if message["msg_type"] != "execute_input"]
        self.assertEqual(kinds, ["display_data", "update_display_data", "clear_output"])
        ids = [message["content"]["transient"]["display_id"] for message in published if "display" in message["msg_type"]]
        self.assertEqual(ids[0], ids[1])
        self.assertTrue(published[-1]["content"]["wait"])
        _, later = self.execute("shown.update(&df!(\"n\" => [3])?);")
        self.assertEqual(later[-1]["content"]["transient"]["display_id"], ids[0])

    def test_long_work_moves_a_progress_bar(self):
        self.execute("let model = CrossEncoder::embedded()?; let pairs = Collection::embedded()?.with_qrels(\"all\")?.judged_pairs()?;")
        reply, published = self.execute("model.score(&pairs)?.height()")
        self.assertEqual(reply["status"], "ok", reply)
        kinds = [message["msg_type"] for message in published]
        self.assertEqual(kinds.count("display_data"), 1)
        self.assertGreater(kinds.count("update_display_data"), 3)
        last = [message for message in published if message["msg_type"] == "update_display_data"][-1]["content"]["data"]
        self.assertRegex(last["text/plain"], r"^scoring █+ 1120/1120 pairs, [0-9.]+ pairs/s, in ")
        self.assertIn("<progress", last["text/html"])
        self.assertEqual(kinds[-1], "execute_result")

    def test_all_output_comes_before_idle(self):
        for _ in range(5):
            reply, published = self.execute("for n in 0..2000 { println!(\"{n}\"); eprintln!(\"{n}\"); }")
            self.assertEqual(reply["status"], "ok")
            whole = "".join(f"{n}\n" for n in range(2000))
            self.assertEqual(self.printed(published), whole)
            self.assertEqual(self.printed(published, "stderr"), whole)
