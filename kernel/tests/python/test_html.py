"""nbconvert's HTML, by our settings without any network and by its own with what it loads from elsewhere."""

import unittest

from rendering.case import CONFIG, RenderingCase, each_notebook

# What nbconvert's templates load from other hosts, as far as a page without formulas, diagrams and widgets needs it.
ELSEWHERE = {"require.min.js": "", "jquery.min.js": "", "latest.js": "",
             "mermaid.esm.min.mjs": "export default {initialize(){}}"}


class Html(RenderingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls.converted("html", "--config", CONFIG)
        cls.lab = cls.converted("html")
        cls.classic = cls.converted("html", "--template", "classic")

    @each_notebook
    def test_our_settings(self, path):
        self.assert_shows(self.ours / f"{path.stem}.html", path)

    @each_notebook
    def test_jupyterlab_template(self, path):
        self.assert_shows(self.lab / f"{path.stem}.html", path, answers=ELSEWHERE)

    @each_notebook
    def test_classic_template(self, path):
        self.assert_shows(self.classic / f"{path.stem}.html", path, answers=ELSEWHERE)


if __name__ == "__main__":
    unittest.main()
