"""Parameters through papermill and through `crosslens-kernel run`: the same cell is injected, with the same results."""

import json
import math
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from crosslens_papermill import RustTranslator, register
from crosslens_papermill.literal import literal
from jupyter_client.kernelspec import KernelSpecManager
from papermill.translators import PapermillTranslators, papermill_translators

DECLARED = """// What the notebook can be run with.
let depth: i64 = 10;  // How deep.
let share: f64 = 0.5;
let deep: bool = false;
let run: &str = "bm25";
let heads: Vec<i64> = vec![1, 2];
let names: Vec<&str> = vec!["a"];"""
USED = 'format!("{} {share} {deep} {run} {heads:?} {names:?}", depth + 1)'
GIVEN = [("depth", "-20"), ("share", "1"), ("deep", "true"), ("run", "neural"), ("heads", "[0, 7]"),
         ("names", '["x", "y z"]')]


def notebook(path, declared=True):
    cells = [nbformat.v4.new_markdown_cell("# Parameters"), nbformat.v4.new_code_cell(USED)]
    if declared:
        cells.insert(1, nbformat.v4.new_code_cell(DECLARED, metadata={"tags": ["parameters"]}))
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata.kernelspec = {"name": "crosslens", "display_name": "Rust (crosslens)", "language": "rust"}
    nbformat.write(book, path)


class Literals(unittest.TestCase):
    def test_values_are_written_as_rust(self):
        for kind, value, written in [
            ("i64", -3, "-3"), ("f64", 5, "5.0"), ("f64", 1e-5, "1e-5"), ("f64", 1.5e16, "1.5e16"),
            ("f64", 1e15, "1000000000000000.0"), ("f64", math.nan, "f64::NAN"), ("f64", -math.inf, "f64::NEG_INFINITY"),
            ("bool", True, "true"), ("bool", "false", "false"), ("Vec<i64>", "[1, 2]", "vec![1, 2]"),
            ("Vec<f64>", [1, 0.25], "vec![1.0, 0.25]"), ("Vec<&str>", ["a", "b c"], 'vec!["a", "b c"]'),
            ("Vec<bool>", [], "vec![]"), ("&str", 'a "b"\\\n\u202eü', r'"a \"b\"\\\n\u{202e}ü"'),
        ]:
            self.assertEqual(literal(kind, value), written, (kind, value))

    def test_values_of_another_type_are_refused(self):
        for kind, value in [
            ("i64", 2.5), ("i64", True), ("i64", 2**63), ("i64", "5"), ("f64", "half"), ("f64", True), ("bool", 1),
            ("&str", 5), ("Vec<i64>", 1), ("Vec<i64>", [1, "2"]), ("Vec<&str>", [1]), ("Vec<bool>", ["true"]),
        ]:
            with self.subTest(kind=kind, value=value), self.assertRaises(ValueError):
                literal(kind, value)

    def test_the_translator_goes_by_the_values(self):
        source = RustTranslator.codify({"a": 1, "b": [1, 2.5], "c": "true", "d": True})
        self.assertEqual(source, '// Parameters\nlet a: i64 = 1;\nlet b: Vec<f64> = vec![1.0, 2.5];\n'
                                 'let c: &str = "true";\nlet d: bool = true;\n')

    def test_the_cell_of_parameters_is_read(self):
        found = RustTranslator.inspect(nbformat.v4.new_code_cell(DECLARED))
        self.assertEqual([(p.name, p.inferred_type_name, p.default, p.help) for p in found[:2]],
                         [("depth", "i64", "10", "How deep."), ("share", "f64", "0.5", "")])
        self.assertEqual(len(found), 6)
        (address,) = RustTranslator.inspect(nbformat.v4.new_code_cell('let model = "https://a/b"; // Where.'))
        self.assertEqual((address.default, address.help), ('"https://a/b"', "Where."))

    def test_the_translator_is_registered(self):
        for language in ["rust", "Rust"]:
            self.assertIs(papermill_translators.find_translator("crosslens", language), RustTranslator)
            self.assertIs(papermill_translators.find_translator("evcxr", language), RustTranslator)
        register()
        self.assertIsInstance(papermill_translators, PapermillTranslators)


class Runs(unittest.TestCase):
    def run_both(self, given, declared=True):
        """What papermill with our engine and the program do with one command line: exit code, words, cells."""
        program = KernelSpecManager().get_kernel_spec("crosslens").argv[0]
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "in.ipynb"
            notebook(source, declared)
            outputs = [Path(folder) / "papermill.ipynb", Path(folder) / "program.ipynb"]
            options = [word for name, value in given for word in ("-p", name, value)]
            for command in [
                [sys.executable, "-m", "papermill", "--engine", "crosslens", source, outputs[0], *options],
                [program, "run", source, "--output", outputs[1], *options],
            ]:
                ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
                written = [path for path in outputs if path.exists()]
                cells = json.loads(written[-1].read_text())["cells"] if written else None
                yield ran.returncode, ran.stderr, cells

    def test_both_ways_give_the_same(self):
        seen = []
        for code, said, cells in self.run_both(GIVEN):
            self.assertEqual(code, 0, said)
            tags = [cell["metadata"].get("tags") for cell in cells]
            self.assertEqual(tags[1:3], [["parameters"], ["injected-parameters"]])
            result = "".join(cells[3]["outputs"][0]["data"]["text/plain"])
            self.assertEqual(result, r'"-19 1 true neural [0, 7] [\"x\", \"y z\"]"')
            seen.append(("".join(cells[2]["source"]), result))
        self.assertEqual(seen[0], seen[1])
        self.assertIn("let share: f64 = 1.0;\n", seen[0][0])

    def test_without_declarations_both_guess_the_same(self):
        seen = []
        for code, said, cells in self.run_both(GIVEN, declared=False):
            self.assertEqual(code, 0, said)
            self.assertEqual(cells[0]["metadata"].get("tags"), ["injected-parameters"])
            seen.append(("".join(cells[0]["source"]), "".join(cells[2]["outputs"][0]["data"]["text/plain"])))
        self.assertEqual(seen[0], seen[1])
        self.assertIn("let share: i64 = 1;\nlet deep: bool = true;\n", seen[0][0])

    def test_a_wrong_value_is_refused_before_anything_runs(self):
        words = "cell 1, line 2: `depth` is i64, which `deep` is not; try `-p depth 10`"
        for code, said, cells in self.run_both([("depth", "deep")]):
            self.assertNotEqual(code, 0)
            self.assertIn(words, said)
            self.assertIn("in.ipynb", said)
            self.assertIsNone(cells)

    def test_an_unknown_name_is_refused(self):
        for code, said, cells in self.run_both([("dept", "3")]):
            self.assertNotEqual(code, 0)
            self.assertIn("cell 1, line 1: there is no parameter `dept`; the cell declares depth, share, deep", said)
            self.assertIsNone(cells)

    def test_papermill_alone_finds_the_translator(self):
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder) / "in.ipynb", Path(folder) / "out.ipynb"
            notebook(source)
            book = nbformat.read(source, 4)
            book.metadata.language_info = {"name": "Rust"}
            nbformat.write(book, source)
            ran = subprocess.run([sys.executable, "-m", "papermill", source, output, "-p", "depth", "3"],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            cells = nbformat.read(output, 4).cells
            self.assertEqual(cells[2].source, "// Parameters\nlet depth: i64 = 3;\n")
            self.assertTrue(cells[3].outputs[0].data["text/plain"].startswith('"4 0.5 false bm25'))
