"""Viewers that do not run here, as far as they are known: which form of an output each takes and what becomes of it.

- GitHub takes HTML before drawings and images, and leaves of it what its sanitiser allows: no script, style, frame or
  drawing. Drawings and images come as images.
- VS Code takes forms in its own order, puts each output in a box that scrolls, and sets tables to its full width.
- Quarto takes HTML before drawings and images, reads tables with pandoc and writes them anew.
"""

import base64
import html
import json
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import bleach
from nbconvert.filters import markdown2html

from rendering.notebook import HTML, LATEX, PLAIN, PNG, SVG

PAGE = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>' \
       '<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head><body>{body}</body></html>'
READABLE = "body{margin:0 auto;max-width:900px;padding:16px;font-family:sans-serif}pre{overflow:auto}" \
           "p code{overflow-wrap:anywhere}"

GITHUB_TAGS = set("""h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody
tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure figcaption abbr
bdo cite dfn mark small span time wbr""".split())
GITHUB_ATTRIBUTES = {"*": ["align", "alt", "border", "colspan", "height", "rowspan", "title", "valign", "width"],
                     "a": ["href"], "img": ["src"]}


def image(kind: str, content: str, attributes=""):
    """A drawing or image as an `img` element."""
    encoded = content if kind == PNG else base64.b64encode(content.encode()).decode()
    return f'<img {attributes} src="data:{kind};base64,{encoded}">'


def text(content: str):
    return f"<pre>{html.escape(content)}</pre>"


class GitHub:
    """What GitHub leaves of a notebook; `drawing` is the form in which it takes charts."""

    style = READABLE + "img{max-width:100%}.output{overflow-x:auto}table{border-spacing:0;border-collapse:collapse}" \
                       "th,td{padding:.5em}"
    policy = ""

    def __init__(self, drawing=SVG):
        self.order = [HTML, drawing, PNG, SVG, LATEX, PLAIN]

    @staticmethod
    def sanitised(content: str):
        """HTML as the sanitiser lets it through: what it takes out leaves its words."""
        return bleach.clean(content, tags=GITHUB_TAGS, attributes=GITHUB_ATTRIBUTES, strip=True,
                            protocols=["http", "https", "data"])

    def output(self, kind: str, content: str):
        if kind == HTML:
            return self.sanitised(content)
        return image(kind, content) if kind in (SVG, PNG) else text(content)


class VsCode:
    """The built-in renderers of VS Code, in the policy and the styles of their page."""

    order = [HTML, SVG, LATEX, PNG, PLAIN]
    policy = "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; " \
             "child-src https: data:"
    style = READABLE + "img{max-width:100%;max-height:100%}.output{overflow-x:scroll}table{width:100%;" \
                       "border-collapse:collapse}table,th,tr{text-align:left!important}th,td{padding:4px 8px}"

    def output(self, kind: str, content: str):
        if kind == PNG:
            return image(kind, content)
        return content if kind in (HTML, SVG) else text(content)


class Quarto:
    """Quarto's order of forms, and what pandoc makes of tables."""

    order = [HTML, SVG, PNG, PLAIN]
    policy = ""
    style = READABLE + ".output{overflow-x:auto}.img-fluid{max-width:100%;height:auto}table{width:100%}"

    def __init__(self, pandoc: str):
        self.pandoc = pandoc

    def output(self, kind: str, content: str):
        if kind in (SVG, PNG):
            return image(kind, content, 'class="img-fluid"')
        if kind != HTML or "<table" not in content:
            return content if kind == HTML else text(content)
        read = subprocess.run([self.pandoc, "--from", "html", "--to", "html"], input=content, capture_output=True,
                              text=True, check=True)
        return read.stdout


def page(path: Path, viewer):
    """The page of a notebook in a viewer."""
    body = []
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        body.append(markdown2html(source) if cell["cell_type"] == "markdown" else text(source))
        for output in cell.get("outputs", []):
            data = {kind: "".join(content) for kind, content in output.get("data", {}).items()}
            kind = next((kind for kind in viewer.order if kind in data), None)
            shown = viewer.output(kind, data[kind]) if kind else text("".join(output.get("text", "")))
            body.append(f'<div class="output">{shown}</div>')
    head = f"<style>{viewer.style}</style>"
    if viewer.policy:
        head = f'<meta http-equiv="Content-Security-Policy" content="{viewer.policy}">{head}'
    return PAGE.format(title=path.stem, head=head, body="\n".join(body))


def drawn_words(svg: str):
    """The words of a drawing that are long enough to be its own."""
    texts = ("".join(element.itertext()).strip() for element in xml.fromstring(svg).findall(".//{*}text"))
    return [words for words in texts if len(words) > 24]
