"""Where results come from: shown by a cell, kept in the metadata by whatever executes the notebook, and checked."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager

KIND = "application/vnd.crosslens.provenance+json"
CELLS = ["let model = CrossEncoder::embedded()?;\nlet tests = Collection::embedded()?;",
         'let pair = shuffle(&tests.pairs_for("q01")?[0], 7);\nmodel.score(&[pair.corrupted().clone()])?', "provenance()"]


def call(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)


class Provenance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = KernelSpecManager().get_kernel_spec("crosslens").argv[0]
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.source = Path(cls.folder.name) / "in.ipynb"
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
        book.metadata.kernelspec = {"name": "crosslens", "display_name": "Rust (crosslens)", "language": "rust"}
        nbformat.write(book, cls.source)
        cls.output = Path(cls.folder.name) / "out.ipynb"
        ran = call(cls.program, "run", cls.source, "--output", cls.output)
        assert ran.returncode == 0, ran.stderr

    def told(self, path):
        """What the cell shows, which must be what the metadata has."""
        book = nbformat.read(path, 4)
        nbformat.validate(book)
        (output,) = book.cells[-1].outputs
        self.assertEqual(book.metadata.crosslens.provenance, output.data[KIND])
        return output.data

    def test_it_names_program_data_and_seeds(self):
        data = self.told(self.output)
        told = data[KIND]
        (model,), (collection,) = told["models"], told["collections"]
        self.assertEqual((model["name"], len(model["sha256"])), ("crosslens-minilm-l6", 64))
        self.assertEqual(model["sha256"], model["files"]["model.safetensors"])
        self.assertEqual((collection["counts"]["queries"], collection["counts"]["documents"]), (160, 1120))
        self.assertIn("qrels/test.tsv", collection["files"])
        self.assertEqual(told["seeds"], {"shuffled documents": [7]})
        self.assertTrue(told["toolchain"].startswith("rustc 1."), told["toolchain"])
        self.assertIsNone(told["commit"], "the notebook is in no repository")
        for form in ["text/html", "text/plain"]:
            for words in [model["sha256"], collection["sha256"], told["crosslens"], "shuffled documents"]:
                self.assertIn(words, data[form])

    def test_papermill_keeps_it_too(self):
        path = Path(self.folder.name) / "papermill.ipynb"
        ran = call(sys.executable, "-m", "papermill", "--engine", "crosslens", "--cwd", self.folder.name, self.source, path)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.told(path)[KIND], self.told(self.output)[KIND])

    def test_another_machine_is_no_drift_and_another_model_is(self):
        text = self.output.read_text()
        path = Path(self.folder.name) / "checked.ipynb"
        told = nbformat.reads(text, 4).cells[-1].outputs[0].data[KIND]
        path.write_text(text.replace(told["toolchain"], "rustc 1.0.0").replace(told["instructions"], "Z80"))
        checked = call(self.program, "check", path)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        digest = told["models"][0]["files"]["config.json"]
        path.write_text(text.replace(digest, digest[::-1]))
        checked = call(self.program, "check", path)
        self.assertEqual(checked.returncode, 1, checked.stdout + checked.stderr)
        self.assertIn("cell 3, output 1, provenance, models, crosslens-minilm-l6, files, config.json", checked.stdout)


if __name__ == "__main__":
    unittest.main()
