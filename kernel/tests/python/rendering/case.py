"""A test with a browser, over all notebooks of the repository."""

import functools
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from rendering.browser import WIDTHS, Browser
from rendering.notebook import COMMITTED, REPOSITORY, shown

CONFIG = REPOSITORY / "notebooks/nbconvert/config.py"


def each_notebook(test):
    """Runs a test for each notebook, in a subtest of its own."""

    @functools.wraps(test)
    def run(self):
        self.assertTrue(COMMITTED, "no notebook is found in this repository")
        for path in COMMITTED:
            with self.subTest(notebook=path.name):
                test(self, path)

    return run


class RenderingCase(unittest.TestCase):
    """Opens pages in one Chromium."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def converted(cls, to: str, *options):
        """Where nbconvert's command has put all notebooks in this form."""
        target = Path(tempfile.mkdtemp(dir=cls.folder))
        ran = subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", to, "--output-dir", target, *options, *COMMITTED],
            capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return target

    def assert_shows(self, html: Path, notebook: Path, **options):
        """Fails if, at any width, a table or chart of the notebook is not seen in the page, or all is not well."""
        with self.browser.open(html, WIDTHS[0], **options) as page:
            for width in WIDTHS:
                page.resize(width)
                self.assertEqual(page.problems(shown(notebook)), [], f"{width} pixels wide")
