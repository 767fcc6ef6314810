"""JupyterLab in a browser: what is typed, completed, shown, interrupted, run again, saved and opened."""

import base64
import json
import re
import shutil
import time
import unittest
from pathlib import Path

import chromium
import nbformat
from lab import PATIENCE, Lab, Notebook, Output
from playwright.sync_api import sync_playwright

CONTRAST, PICTURE = (Path(__file__).with_name(name).read_text() for name in ["contrast.js", "picture.js"])
NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
ALL = """let model = CrossEncoder::embedded()?; let tests = Collection::embedded()?.with_qrels("all")?; let pairs = tests.judged_pairs()?;"""
FEW = "let few = pairs.filter(|pair| pair.query_id == \"q01\");"
SWEEP = "model.ablate(Heads::all()).over(&pairs)?"
FRAME = "model.score(&few)?"
CHART = "heatmap(&model.entropy(&few)?, \"entropy\", \"Where is attention spread out?\")?"
LINKS = "token_links(&model.pattern(&few[0], Head::new(2, 9))?, \"What does head 2.9 link?\")?"


class JupyterLab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.browser = chromium.launch(playwright)
        cls.addClassCleanup(cls.browser.close)
        cls.notebook = Notebook(cls.browser, cls.lab)
        cls.notebook.run(ALL + FEW)

    def setUp(self):
        self.page = self.notebook.page

    def tearDown(self):
        self.assertEqual(self.notebook.faults, [])

    def complete(self, typed):
        """The last cell once the first completion of what is typed is taken."""
        self.notebook.type(typed)
        popup = self.page.locator(".jp-Completer:not(.lm-mod-hidden)")
        self.page.keyboard.press("Tab")
        popup.wait_for()
        self.page.keyboard.press("Enter")
        popup.wait_for(state="hidden")
        return self.notebook.cells.last.locator(".cm-content").inner_text()

    def test_names_are_completed_and_explained(self):
        self.assertEqual(self.complete("CrossEncoder::emb"), "CrossEncoder::embedded()")
        self.page.keyboard.press("Shift+Tab")
        self.page.locator(".jp-Tooltip").get_by_text("The small trained model that ships with crosslens").wait_for()
        self.page.keyboard.press("Escape")
        self.assertEqual(self.complete("model.sha"), "model.shape()")
        self.assertEqual(self.complete("model.ablate(Heads::all()).over(&fe"), "model.ablate(Heads::all()).over(&few")
        self.assertEqual(self.notebook.run("few.len()").text(), "7")

    def test_outputs_are_read_in_light_and_dark(self):
        frame, chart, links, error = (self.notebook.run(code) for code in [FRAME, CHART, LINKS, "let wrong: f64 = \"text\";"])
        self.assertEqual(frame.find("table.dataframe tbody tr").count(), 7)
        self.assertIn("mismatched types", error.text())
        for light in [True, False, True]:
            self.notebook.theme(light)
            with self.subTest(light=light):
                self.assert_contrast(frame.find("table"), 4.5)
                self.assert_contrast(error.find("pre"), 3)
                for picture in [chart.find("img[src^='data:image/svg']"), links.find("img")]:
                    self.assert_picture(picture.first)

    def assert_contrast(self, locator, least):
        found = locator.evaluate(CONTRAST)
        self.assertGreater(found["ratio"], least, found)

    def assert_picture(self, picture):
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        self.assertGreater(min(box["width"], box["height"]), 100)
        png = picture.screenshot(type="png")
        ground, ink = self.page.evaluate(PICTURE, base64.b64encode(png).decode())
        self.assertEqual(ground, "255,255,255")
        self.assertGreater(ink, 0.01)

    def watch(self, output):
        """Two states of the progress bar while the cell runs."""
        output.find("progress").wait_for()
        state = "cell => [cell.querySelector('.jp-InputPrompt').innerText, cell.querySelector('progress').value]"
        first, end = output.cell.evaluate(state), time.monotonic() + PATIENCE
        while (later := output.cell.evaluate(state))[1] == first[1]:
            self.assertLess(time.monotonic(), end, f"the progress bar stands still: {later}")
            self.page.wait_for_timeout(50)
        self.assertEqual((first[0], later[0]), ("[*]:", "[*]:"))
        self.assertLess(first[1], later[1])
        return first[1], later[1]

    def test_a_sweep_is_watched_stopped_and_taken_up_again(self):
        buttons = self.page.locator(".jp-NotebookPanel-toolbar [data-command='notebook:interrupt-kernel']")
        done = 0
        for interrupt in [buttons.first.click, self.press_i_twice]:
            output = self.notebook.begin(SWEEP)
            first, _ = self.watch(output)
            self.assertGreater(first, done)
            asked = time.monotonic()
            interrupt()
            text = output.ended().text()
            self.assertLess(time.monotonic() - asked, 20)
            told = re.search(r"interrupted after (\d+) of 1120 pairs; they are kept: run the cell again.*all variables are kept", text)
            self.assertTrue(told, text)
            self.assertNotIn("panicked", text)
            done = int(told[1])
        self.assertEqual(self.notebook.run("pairs.len()").text(), "1120")

    def press_i_twice(self):
        for key in ["Escape", "i", "i"]:
            self.page.keyboard.press(key)

    def open(self, name):
        notebook = Notebook(self.browser, self.lab, name)
        self.addCleanup(notebook.page.close)
        return notebook

    def test_all_is_run_again_and_saved(self):
        path = self.lab.notebooks / "again.ipynb"
        codes = [ALL, FEW, FRAME, CHART, "println!(\"the end\");"]
        cells = [nbformat.v4.new_code_cell(code) for code in codes]
        kernel = {"name": "crosslens", "display_name": "Rust (crosslens)", "language": "rust"}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        notebook = self.open(path.name)
        notebook.cells.first.locator(".cm-content").click()
        for key in ["Shift+Enter", "Shift+Enter"]:
            notebook.page.keyboard.press(key)
        Output(notebook, notebook.cells.nth(1)).ended()
        notebook.menu("Kernel", "Restart Kernel and Run All Cells…")
        notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
        outputs = [Output(notebook, notebook.cells.nth(n)).ended(n + 1) for n in range(len(codes))]
        self.assertEqual(outputs[-1].text().strip(), "the end")
        self.assertGreater(min(outputs[3].size("img[src^='data:image/svg']")), 100)
        notebook.page.keyboard.press("Control+s")
        notebook.page.locator(".lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").wait_for()
        saved = nbformat.read(path, as_version=4)
        nbformat.validate(saved)
        self.assertEqual([cell.execution_count for cell in saved.cells], [1, 2, 3, 4, 5])
        self.assertEqual([[sorted(output.get("data", [])) for output in cell.outputs] for cell in saved.cells],
                         [[], [], [["text/html", "text/latex", "text/plain"]], [["image/png", "image/svg+xml", "text/plain"]], [[]]])
        self.assertEqual((saved.metadata.kernelspec.name, saved.metadata.language_info.name), ("crosslens", "Rust"))
        self.assertEqual(notebook.faults, [])

    def test_an_untrusted_notebook_shows_everything(self):
        [path] = NOTEBOOKS.glob("03-*.ipynb")
        shutil.copy(path, self.lab.notebooks)
        notebook = self.open(path.name)
        committed = json.loads(path.read_text(encoding="utf-8"))["cells"]
        notebook.cells.nth(len(committed) - 1).wait_for(state="attached")
        self.assertEqual(notebook.cells.count(), len(committed))
        notebook.page.locator("#jp-main-statusbar [data-icon$=not-trusted]").wait_for()
        seen = set()
        for n, cell in enumerate(committed):
            shown = Output(notebook, notebook.cells.nth(n))
            for place, output in enumerate(cell.get("outputs", [])):
                kind = self.kind(output)
                shown.area.nth(place).scroll_into_view_if_needed()
                element = shown.area.nth(place).locator(kind).first
                box = element.bounding_box()
                self.assertGreater(min(box["width"], box["height"]), 10, f"output {place} of cell {n}")
                if kind == "img":
                    self.assertGreater(element.evaluate("image => image.decode().then(() => image.naturalWidth)"), 100)
                seen.add(kind)
        self.assertEqual(seen, {"img", "table", "div", "pre"})
        self.assertEqual(notebook.faults, [])

    def kind(self, output):
        """The element that shows an output where nothing is trusted."""
        data = output.get("data", {})
        html = "".join(data.get("text/html", []))
        if "image/svg+xml" in data:
            return "img"
        return "table" if "<table" in html else "div" if html else "pre"


if __name__ == "__main__":
    unittest.main()
