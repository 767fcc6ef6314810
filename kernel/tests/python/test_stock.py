"""The library on the stock kernel: what a cell shows is there when the cell ends."""

import os
import unittest

from client import KernelCase

# The stock kernel compiles the library.
PATIENCE = 1200


class Stock(KernelCase):
    kernel_name = "stock"

    def run_cell(self, code):
        request = self.client.execute(code)
        published = list(self.messages(request, timeout=PATIENCE))
        reply = self.reply(request)
        self.assertEqual(reply["status"], "ok", published)
        return published

    def data(self, published):
        shows = ("execute_result", "display_data")
        return [m["content"]["data"] for m in published if m["msg_type"] in shows]

    def test_the_library_works(self):
        self.run_cell(f':dep crosslens = {{ path = "{os.environ["CROSSLENS_SOURCE"]}" }}')
        self.run_cell("use crosslens::prelude::*;")
        self.run_cell("let model = CrossEncoder::embedded()?;\nlet tests = Collection::embedded()?;")
        published = self.run_cell("let pairs = tests.judged_pairs()?;\nlet frame = model.score(&pairs)?;")
        # Progress and other records are for a kernel that reads them.
        self.assertNotIn("CROSSLENS", self.printed(published))

        (frame,) = self.data(self.run_cell("frame.head(Some(3))"))
        self.assertIn("shape: (3, ", frame["text/html"])
        (number,) = self.data(self.run_cell("frame.height()"))
        self.assertGreater(int(number["text/plain"]), 100)
        chart = self.data(self.run_cell('line(&frame.head(Some(9)), "rank", "score", None, "Scores")?'))[-1]
        self.assertIn("image/png", chart)
        shown = self.data(self.run_cell("show(&frame.head(Some(2)));"))
        self.assertIn("shape: (2, ", shown[-1]["text/html"])


if __name__ == "__main__":
    unittest.main()
