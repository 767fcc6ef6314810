"""nbconvert's settings for notebooks of crosslens: `jupyter nbconvert --config notebooks/nbconvert/config.py --to …`.

- What `html` and `webpdf` make is read without a network. By itself nbconvert loads scripts for formulas and widgets from
  other hosts: leave this file out for a notebook that has any.
- In `slides` each heading begins a slide, and each cell one below it. They load reveal.js from another host, or, after
  `npm install --prefix notebooks/nbconvert`, from here.
- `latex` and `pdf` take charts as drawings where Inkscape is installed, as nbconvert needs it for that, else as images.
"""

import re
import shutil
from pathlib import Path

from nbconvert.preprocessors import Preprocessor

c = get_config()  # noqa: F821
here = Path(__file__).resolve().parent
reveal = here / "node_modules/reveal.js"


class SlidePerHeading(Preprocessor):
    """Begins a slide at each heading and one below it at each other cell, where the notebook does not say otherwise."""

    def preprocess_cell(self, cell, resources, index):
        heads = cell.cell_type == "markdown" and re.match(r"#+ ", cell.source)
        cell.metadata.setdefault("slideshow", {}).setdefault("slide_type", "slide" if heads else "subslide")
        return cell, resources


c.TemplateExporter.extra_template_basedirs = [str(here / "templates")]
c.HTMLExporter.template_name = "crosslens"
c.LatexExporter.template_name = "crosslens-latex"
c.SlidesExporter.template_name = "crosslens-slides"
c.SlidesExporter.preprocessors = [SlidePerHeading]
c.SlidesExporter.reveal_theme = "white"
c.SlidesExporter.reveal_url_prefix = reveal.as_uri() if reveal.exists() else "https://unpkg.com/reveal.js@4.6.1"
c.SVG2PDFPreprocessor.enabled = shutil.which("inkscape") is not None
