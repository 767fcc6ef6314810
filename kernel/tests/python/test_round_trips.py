"""Notebooks go through jupytext's text form and nbdime's merges, and stay what they are."""

import copy
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jupytext
import nbformat
import papermill
from jupyter_client.kernelspec import get_kernel_spec
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[3] / "notebooks"
NOTEBOOKS = sorted(path for path in FOLDER.glob("*.ipynb") if not path.name.endswith(".executed.ipynb"))


def tool(name, *arguments):
    """A command of jupytext or nbdime, as it is installed beside this Python."""
    command = [str(Path(sys.executable).with_name(name)), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def content(book):
    """What a text form must keep of each cell."""
    return [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in book.cells]


class RoundTrip(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.assertGreaterEqual(len(NOTEBOOKS), 4)

    def run_tool(self, *command):
        ran = tool(*command)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return ran.stdout


class Jupytext(RoundTrip):
    def through_text(self, path):
        """The notebook after its way through a text file, and that file."""
        text, back = self.folder / f"{path.stem}.rs", self.folder / f"{path.stem}.ipynb"
        self.run_tool("jupytext", "--to", "rs:percent", "--output", text, path)
        self.run_tool("jupytext", "--to", "ipynb", "--output", back, text)
        return nbformat.read(back, 4), text.read_text(encoding="utf-8")

    def test_cells_and_tags_are_kept(self):
        for path in NOTEBOOKS:
            with self.subTest(path=path.name):
                book = nbformat.read(path, 4)
                back, text = self.through_text(path)
                nbformat.validate(back)
                self.assertEqual(content(back), content(book))
                self.assertEqual(back.metadata.kernelspec.name, "crosslens")
                code = sum(cell.cell_type == "code" for cell in book.cells)
                self.assertEqual(text.count("\n// %%") - text.count("\n// %% [markdown]"), code)

    def test_outputs_stay_when_the_text_is_taken_over(self):
        """An edit in the text file comes into the notebook, which keeps the outputs of all other cells."""
        path = NOTEBOOKS[0]
        book = nbformat.read(path, 4)
        changed = next(cell for cell in book.cells if cell.cell_type == "code" and cell.outputs)
        here, text = self.folder / path.name, self.folder / f"{path.stem}.rs"
        nbformat.write(book, here)
        self.run_tool("jupytext", "--to", "rs:percent", "--output", text, here)
        first = changed.source.splitlines()[0]
        text.write_text(text.read_text(encoding="utf-8").replace(first, f"{first} // edited", 1), encoding="utf-8")
        self.run_tool("jupytext", "--to", "ipynb", "--update", "--output", here, text)
        back = nbformat.read(here, 4)
        edited = [i for i, (new, old) in enumerate(zip(back.cells, book.cells)) if new.source != old.source]
        self.assertEqual(edited, [book.cells.index(changed)])
        for i, (new, old) in enumerate(zip(back.cells, book.cells)):
            if old.cell_type == "code" and i not in edited:
                self.assertEqual(new.outputs, old.outputs)

    def test_a_new_notebook_runs_after_its_way_through_text(self):
        program, path = get_kernel_spec("crosslens").argv[0], self.folder / "begun.ipynb"
        begun = subprocess.run([program, "new", str(path)], capture_output=True, text=True, check=False)
        self.assertEqual(begun.returncode, 0, begun.stderr)
        before = {name: (one["default"], one["inferred_type_name"]) for name, one in papermill.inspect_notebook(path).items()}
        book = nbformat.read(path, 4)
        self.assertTrue(any("parameters" in cell.metadata.get("tags", []) for cell in book.cells))
        back, _ = self.through_text(path)
        self.assertEqual(content(back), content(book))
        after = papermill.inspect_notebook(path)
        self.assertEqual({name: (one["default"], one["inferred_type_name"]) for name, one in after.items()}, before)
        NotebookClient(back, timeout=120, startup_timeout=300).execute()
        shown = [output.output_type for cell in back.cells if cell.cell_type == "code" for output in cell.outputs]
        self.assertIn("execute_result", shown)
        self.assertNotIn("error", shown)


class Nbdime(RoundTrip):
    def edited(self, book, edit):
        """A file with a copy of the notebook that was edited."""
        changed = copy.deepcopy(book)
        edit(changed)
        path = self.folder / f"{edit.__name__}.ipynb"
        nbformat.write(changed, path)
        return path

    def cases(self):
        """Each notebook, with the places of its first and last code cell that shows something in words."""
        for path in NOTEBOOKS:
            book = nbformat.read(path, 4)
            places = [i for i, cell in enumerate(book.cells) if cell.cell_type == "code" and self.results(cell)]
            self.assertGreater(len(places), 1)
            yield path, book, places[0], places[-1]

    @staticmethod
    def results(cell):
        """The outputs of a cell that are values."""
        return [i for i, output in enumerate(cell.outputs) if output.output_type == "execute_result"]

    def test_a_difference_is_named_by_its_place(self):
        for path, book, first, last in self.cases():
            with self.subTest(path=path.name):
                result = self.results(book.cells[last])[0]

                def other(changed):
                    changed.cells[first].source += "\n// another line"
                    changed.cells[last].outputs[result].data["text/plain"] += " and more"

                told = self.run_tool("nbdiff", "--no-color", path, self.edited(book, other))
                named = [line.split(" ")[-1].rstrip(":") for line in told.splitlines() if line.startswith("## ")]
                self.assertEqual(named, [f"/cells/{first}/source", f"/cells/{last}/outputs/{result}/data/text/plain"], told)
                self.assertRegex(told, r"(?m)^\+ *// another line$")
                self.assertEqual(self.run_tool("nbdiff", path, path), "")

    def test_two_edits_are_merged(self):
        for path, book, first, last in self.cases():
            with self.subTest(path=path.name):
                def mine(changed):
                    changed.cells[first].source += "\n// mine"

                def theirs(changed):
                    changed.cells[last].source += "\n// theirs"
                    changed.cells[last].outputs = []

                merged = self.folder / "merged.ipynb"
                self.run_tool("nbmerge", path, self.edited(book, mine), self.edited(book, theirs), "--out", merged)
                both = nbformat.read(merged, 4)
                nbformat.validate(both)
                expected = copy.deepcopy(book)
                mine(expected)
                theirs(expected)
                self.assertEqual(both, expected)

    def test_edits_of_one_line_are_a_conflict(self):
        path, book, first, _ = next(self.cases())

        def mine(changed):
            changed.cells[first].source = "1 + 1"

        def theirs(changed):
            changed.cells[first].source = "2 + 2"

        ran = tool("nbmerge", path, self.edited(book, mine), self.edited(book, theirs), "--out", self.folder / "merged.ipynb")
        self.assertNotEqual(ran.returncode, 0, "a conflict must be told")


if __name__ == "__main__":
    unittest.main()
