"""nbconvert's slides, one after the other, without a network."""

import subprocess
import unittest

from rendering.browser import WIDTHS, missing, overflow
from rendering.case import CONFIG, RenderingCase, each_notebook
from rendering.notebook import shown


class Slides(RenderingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        install = ["npm", "install", "--no-package-lock", "--no-fund", "--no-audit", "--prefix", CONFIG.parent]
        try:
            ran = subprocess.run(install, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise AssertionError("npm is not here: install Node.js (Debian: apt-get install npm)") from error
        assert ran.returncode == 0, ran.stderr
        cls.slides = cls.converted("slides", "--config", CONFIG, "--SlidesExporter.reveal_transition=none")

    @each_notebook
    def test_each_slide(self, path):
        for width in WIDTHS:
            with self.browser.open(self.slides / f"{path.stem}.slides.html", width) as page:
                pictures, problems, slides = [], [], 1
                while True:
                    seen = page.look()
                    pictures += [picture for picture in seen["pictures"] if picture["visible"]]
                    problems += [f"slide {slides}: {problem}" for problem in overflow(seen)]
                    if page.page.evaluate("Reveal.isLastSlide()"):
                        break
                    page.page.evaluate("Reveal.next()")
                    slides += 1
                problems += page.faults + missing(pictures, shown(path))
                self.assertEqual(problems, [], f"{width} pixels wide")
                self.assertGreater(slides, len(shown(path)), "each chart and table has a slide of its own")


if __name__ == "__main__":
    unittest.main()
