"""What a notebook shows: the tables and charts that must be found wherever it is rendered."""

import base64
import json
import xml.etree.ElementTree as xml
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup

REPOSITORY = Path(__file__).resolve().parents[4]
COMMITTED = sorted(
    path for path in (REPOSITORY / "notebooks").glob("*.ipynb") if not path.name.endswith(".executed.ipynb"))

HTML, SVG, PNG, LATEX, PLAIN = "text/html", "image/svg+xml", "image/png", "text/latex", "text/plain"


@dataclass(frozen=True)
class Table:
    """A table by its cells, row by row, the header first, and the names of its columns."""

    rows: tuple
    names: tuple
    # Whether it has a form in LaTeX; where it has none, a PDF has its words.
    latex: bool = True

    def __str__(self):
        return f"the table of {', '.join(self.names)}"


@dataclass(frozen=True)
class Chart:
    """A chart by its drawing and its image."""

    title: str
    svg: str
    png: bytes
    html: str

    def __str__(self):
        return f"the chart {self.title!r}"

    @property
    def size(self):
        """Width and height in pixels."""
        root = xml.fromstring(self.svg)
        return float(root.get("width")), float(root.get("height"))

    @property
    def elements(self):
        """How many elements the drawing has."""
        return sum(1 for _ in xml.fromstring(self.svg).iter())

    def is_drawn_by(self, picture: bytes):
        """Whether a file is this chart."""
        return picture == self.png or picture.decode("utf-8", "replace").strip() == self.svg.strip()


def letters(text: str):
    """The text without white space, which renderers put where they like."""
    return "".join(text.split())


def rows(table):
    """The cells of a table that was parsed."""
    return tuple(tuple(letters(cell.get_text()) for cell in row.find_all(["th", "td"])) for row in table.find_all("tr"))


def outputs(path: Path):
    """The data of all outputs of a notebook, by MIME type."""
    for cell in json.loads(path.read_text())["cells"]:
        for output in cell.get("outputs", []):
            yield {kind: "".join(content) for kind, content in output.get("data", {}).items()}


def shown(path: Path):
    """The tables and charts of a notebook, in order."""
    found = []
    for data in outputs(path):
        if SVG in data or PNG in data:
            title = xml.fromstring(data[SVG]).get("aria-label")
            found.append(Chart(title, data[SVG], base64.b64decode(data[PNG]), data.get(HTML, "")))
        elif "<table" in data.get(HTML, ""):
            table = BeautifulSoup(data[HTML], "html.parser").table
            names = tuple(next(name.stripped_strings, "") for name in table.find_all("th"))
            found.append(Table(rows(table), names, LATEX in data))
    return found
