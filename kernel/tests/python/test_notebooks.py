"""nbclient and nbconvert: a failing cell of each kind fails the run, and `allow_errors` goes on."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from test_failures import ENDINGS, FAILURES


def notebook(*cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata.kernelspec = {"name": "crosslens", "display_name": "Rust (crosslens)", "language": "rust"}
    return book


class Notebooks(unittest.TestCase):
    def run_all(self, book, **options):
        NotebookClient(book, kernel_name="crosslens", timeout=120, startup_timeout=300, **options).execute()
        nbformat.validate(book)

    def test_a_good_notebook(self):
        book = notebook("let answer = 6 * 7;", "answer")
        self.run_all(book)
        self.assertEqual(book.cells[1].outputs[0].data["text/plain"], "42")
        self.assertEqual([cell.execution_count for cell in book.cells], [1, 2])

    def test_the_first_failure_ends_the_run(self):
        for failure in [FAILURES[0], FAILURES[1], FAILURES[3], ENDINGS[0]]:
            with self.subTest(code=failure[0]), self.assertRaises(CellExecutionError) as raised:
                self.run_all(notebook("1", failure[0], "2"))
            self.assertEqual(raised.exception.ename, failure[1])

    def test_allow_errors_goes_on(self):
        failures = FAILURES + ENDINGS
        book = notebook(*(failure[0] for failure in failures), "6 * 7")
        self.run_all(book, allow_errors=True)
        names = [[output.ename for output in cell.outputs if output.output_type == "error"] for cell in book.cells[:-1]]
        self.assertEqual(names, [[failure[1]] for failure in failures])
        self.assertEqual(book.cells[-1].outputs[0].data["text/plain"], "42")

    def test_nbconvert_executes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "book.ipynb"
            for cell, good in [("6 * 7", True), ("panic!(\"boom\");", False)]:
                nbformat.write(notebook(cell), path)
                ran = subprocess.run(
                    [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(path)],
                    capture_output=True, text=True, check=False)
                self.assertEqual(ran.returncode == 0, good, ran.stderr)
