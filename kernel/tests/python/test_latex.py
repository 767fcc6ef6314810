"""nbconvert's LaTeX is ready for a PDF: charts are images beside it, tables are tables, nothing of HTML is left."""

import os
import re
import unittest
from pathlib import Path

import pypandoc
from rendering.case import CONFIG, RenderingCase, each_notebook
from rendering.notebook import Chart, letters, shown

# What a table's cells look like in LaTeX.
ESCAPED = [("\\textasciicircum{}", "^"), ("\\textasciitilde{}", "~"), ("\\textbackslash{}", "\\"), ("{[}", "["),
           ("\\ldots{}", "…"), ("$\\rightarrow$", "→"), ("$\\geq$", "≥"), ("$\\leq$", "≤"), ("\\raggedright ", "")]


def cells(tex: str):
    """The cells of all tables, as texts without white space."""
    found = []
    for table in re.findall(r"\\begin\{tabular\}\{.*?\}\n(.*?)\\end\{tabular\}", tex, re.DOTALL):
        for row in table.replace("\\hline\n", "").split("\\tabularnewline\n"):
            found += [plain(cell) for cell in re.split(r"(?<!\\)&", row)]
    return found


def plain(cell: str):
    cell = re.sub(r"\\shortstack\[.\]\{(.*)\}", r"\1", cell.strip())
    for command, letter in ESCAPED:
        cell = cell.replace(command, letter)
    cell = re.sub(r"\\text(?:bf|it)\{((?:[^{}\\]|\\.)*)\}", r"\1", cell).replace("\\\\", "")
    return "".join(re.sub(r"\\([&%$#_{}])|\$([<>|-])\$", r"\1\2", cell).replace("$-$", "-").split())


class Latex(RenderingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        pandoc = Path(pypandoc.get_pandoc_path()).parent
        os.environ["PATH"] = f"{pandoc}{os.pathsep}{os.environ['PATH']}"
        cls.tex = cls.converted("latex", "--config", CONFIG, "--SVG2PDFPreprocessor.enabled=False")

    @each_notebook
    def test_charts_are_images(self, path):
        tex = (self.tex / f"{path.stem}.tex").read_text()
        images = re.findall(r"\\adjustimage\{.*\}\{(.*)\}$", tex, re.MULTILINE)
        charts = [chart for chart in shown(path) if isinstance(chart, Chart)]
        self.assertEqual(len(images), len(charts))
        for image, chart in zip(images, charts):
            self.assertEqual((self.tex / image).read_bytes(), chart.png, str(chart))

    @each_notebook
    def test_tables_are_tables(self, path):
        tex = (self.tex / f"{path.stem}.tex").read_text()
        found, words = cells(tex), letters(tex.replace("\\_", "_"))
        for table in shown(path):
            if not isinstance(table, Chart):
                read = found if table.latex else words
                self.assertEqual([cell for row in table.rows for cell in row if cell not in read], [], str(table))

    @each_notebook
    def test_nothing_of_html_is_left(self, path):
        tex = (self.tex / f"{path.stem}.tex").read_text()
        self.assertEqual(re.findall(r"</?(?:div|table|tr|td|span|progress|svg|img)\b", tex), [])


if __name__ == "__main__":
    unittest.main()
