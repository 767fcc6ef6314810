"""The site of the notebooks: one command builds it, every page is whole, and nothing is asked of a network."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

from rendering.browser import WIDTHS
from rendering.case import RenderingCase, each_notebook
from rendering.notebook import COMMITTED, REPOSITORY

BUILD = REPOSITORY / "notebooks/site/build.py"


def build(output: Path, *notebooks):
    """Builds a site as a reader of the README does."""
    return subprocess.run([sys.executable, BUILD, *notebooks, "--output", output], capture_output=True, text=True,
                          check=False)


class Site(RenderingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.folder / "site"
        ran = build(cls.site)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        cls.told = ran.stderr

    def test_is_built_without_a_warning(self):
        self.assertEqual(self.told, "")

    @each_notebook
    def test_each_page(self, path):
        self.assert_shows(self.site / f"{path.stem}.html", path)

    def test_the_start_page_leads_to_every_notebook(self):
        for width in WIDTHS:
            with self.browser.open(self.site / "index.html", width) as page:
                self.assertEqual(page.problems([]), [], f"{width} pixels wide")
                links = page.page.eval_on_selector_all("article h2 a", "links => links.map(link => link.href)")
                leads = [Path(link).stem for link in links if not link.startswith("#") and "index.html" not in link]
                self.assertEqual(leads, [path.stem for path in COMMITTED])

    def test_no_link_within_the_site_is_dead(self):
        for html in self.site.glob("*.html"):
            with self.browser.open(html, WIDTHS[0]) as page:
                links = page.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
                local = {link.split("#")[0].removeprefix("file://") for link in links if link.startswith("file:")}
                self.assertEqual([link for link in local if not Path(link).exists()], [], html.name)

    def test_a_notebook_from_elsewhere_that_links_to_another(self):
        folder = self.folder / "elsewhere"
        folder.mkdir()
        for name, other in [("one", "two"), ("two", "one")]:
            cell = {"cell_type": "markdown", "id": name, "metadata": {},
                    "source": f"# Notebook {name}\n\nIt goes on in [the other]({other}.ipynb) and `code`."}
            book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
            (folder / f"{name}.ipynb").write_text(json.dumps(book))
        ran = build(folder / "site", folder / "one.ipynb", folder / "two.ipynb")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
        with self.browser.open(folder / "site/index.html", WIDTHS[0]) as page:
            self.assertIn("It goes on in", page.page.inner_text("article"))
            page.page.click("article >> text=Notebook one")
            page.page.click("article >> text=the other")
            self.assertEqual(page.page.inner_text("article h1").rstrip("#"), "Notebook two")
            self.assertEqual(page.faults, [])

    def test_what_is_no_notebook_is_named(self):
        for text in ["", "[1]", "{}"]:
            path = self.folder / "broken.ipynb"
            path.write_text(text)
            ran = build(self.folder / "none", path)
            self.assertNotEqual(ran.returncode, 0)
            self.assertIn("broken.ipynb: no notebook can be read here", ran.stderr)
            self.assertNotIn("Traceback", ran.stderr)


if __name__ == "__main__":
    unittest.main()
