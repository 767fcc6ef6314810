"""GitHub, VS Code and Quarto, as far as they are known, show every table and chart."""

import unittest

import pypandoc
from bs4 import BeautifulSoup
from rendering.case import RenderingCase, each_notebook
from rendering.notebook import PNG, SVG, Chart, outputs, shown
from rendering.viewers import GitHub, Quarto, VsCode, drawn_words, page


class Viewers(RenderingCase):
    def opens_in(self, viewer, path):
        html = self.folder / f"{path.stem}.html"
        html.write_text(page(path, viewer))
        self.assert_shows(html, path)

    @each_notebook
    def test_github(self, path):
        self.opens_in(GitHub(), path)

    @each_notebook
    def test_github_with_images(self, path):
        self.opens_in(GitHub(PNG), path)

    @each_notebook
    def test_vs_code(self, path):
        self.opens_in(VsCode(), path)

    @each_notebook
    def test_quarto(self, path):
        self.opens_in(Quarto(pypandoc.get_pandoc_path()), path)

    @each_notebook
    def test_a_chart_is_drawing_and_image(self, path):
        for data in outputs(path):
            self.assertEqual(SVG in data, PNG in data, sorted(data))

    @each_notebook
    def test_the_sanitiser_leaves_no_words_of_a_drawing(self, path):
        for chart in shown(path):
            if isinstance(chart, Chart) and chart.html:
                left = BeautifulSoup(GitHub.sanitised(chart.html), "html.parser").get_text()
                loose = [words for words in drawn_words(chart.svg) if words in left and words not in chart.title]
                self.assertEqual(loose, [], str(chart))


if __name__ == "__main__":
    unittest.main()
