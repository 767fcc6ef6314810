"""nbconvert's PDF by way of a browser: every chart and table is on its pages."""

import io
import unicodedata
import unittest
from unittest import mock

import chromium
import nbformat
from nbconvert import WebPDFExporter
from playwright.async_api import BrowserType
from pypdf import PdfReader
from rendering.case import CONFIG, RenderingCase, each_notebook
from rendering.notebook import Chart, letters, shown
from traitlets.config import PyFileConfigLoader

LAUNCH = BrowserType.launch
# From here on letters are boxes on a machine that has no font for them.
CJK = 0x2E80


async def launch(kind, **options):
    """Starts this machine's Chromium, where nbconvert starts the one that playwright brings."""
    return await LAUNCH(kind, **{**options, "executable_path": chromium.program(), "args": chromium.FLAGS})


def words(what):
    """What must be read on paper; names of many columns are broken there, over lines that stand side by side."""
    if isinstance(what, Chart):
        return [what.title]
    read = [cell for row in what.rows[1:] for cell in row if all(ord(letter) < CJK for letter in cell)]
    return read + list(what.names if len(what.names) < 7 else ())


def plain(text):
    """The letters, where print may have joined two (ff) into one."""
    return letters(unicodedata.normalize("NFKC", text))


class WebPdf(RenderingCase):
    @each_notebook
    def test_pages(self, path):
        config = PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()
        with mock.patch.object(BrowserType, "launch", launch):
            pdf, _ = WebPDFExporter(config=config).from_notebook_node(nbformat.read(path, 4))
        pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]
        self.assertGreater(len(pages), 2)
        self.assertNotIn("", pages, "a page is empty")
        text = "".join(pages)
        for what in shown(path):
            self.assertEqual([word for word in words(what) if plain(word) not in text], [], str(what))


if __name__ == "__main__":
    unittest.main()
