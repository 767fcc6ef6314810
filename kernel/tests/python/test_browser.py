"""What the other tests rest on: the browser finds a fault of each kind that is planted in a page."""

import unittest

from rendering.case import RenderingCase
from rendering.notebook import Chart, Table
from rendering.viewers import PAGE

SVG = '<svg role="img" aria-label="t" xmlns="http://www.w3.org/2000/svg" width="300" height="100"><rect/></svg>'
CHART = Chart("t", SVG, b"", "")
TABLE = Table((("a", "b"), ("1", "2")), ("a", "b"))
GRID = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
WIDE = '<p style="width:999px">wide</p>'


class Faults(RenderingCase):
    def problems(self, body, head=""):
        html = self.folder / "page.html"
        html.write_text(PAGE.format(title="t", head=f"<style>*{{margin:0}}</style>{head}", body=body))
        with self.browser.open(html, 390) as page:
            return page.problems([CHART, TABLE])

    def finds(self, fault, body, head=""):
        problems = self.problems(body, head)
        self.assertTrue(any(fault in problem for problem in problems), problems)

    def test_a_good_page_has_none(self):
        self.assertEqual(self.problems(SVG + GRID), [])
        self.assertEqual(self.problems(f'{SVG}{GRID}<div style="overflow-x:auto">{WIDE}</div>'), [])

    def test_what_is_missing(self):
        self.finds("the chart 't' is missing", GRID)
        self.finds("the chart 't' is missing", SVG.replace("<rect/>", "") + GRID)
        self.finds("the table of a, b is missing", SVG + GRID.replace("2", "3"))
        self.finds("the table of a, b is missing or out of its order", GRID + SVG)

    def test_what_is_not_seen(self):
        self.finds("the chart 't': not visible", f'<div style="display:none">{SVG}</div>{GRID}')
        self.finds("the table of a, b: not visible", f'{SVG}<div style="opacity:0">{GRID}</div>')
        small = SVG.replace("<svg", '<svg style="width:100px;height:33.3px"')
        self.finds("the chart 't': only 100 pixels wide", small + GRID)
        self.finds("the chart 't': distorted", SVG.replace("<svg", '<svg style="height:200px"') + GRID)

    def test_what_does_not_fit(self):
        self.finds("the page is 999 wide in a window of 390", SVG + GRID + WIDE)
        self.finds("cut off: <p", f'{SVG}{GRID}<div style="overflow:hidden">{WIDE}</div>')

    def test_what_fails(self):
        good = SVG + GRID
        self.finds("uncaught: boom", good, "<script>throw Error('boom')</script>")
        self.finds("console: boom", good, "<script>console.error('boom')</script>")
        self.finds("asks the network for https://example.org/", good, '<script src="https://example.org/"></script>')
        self.finds("not loaded: file:///missing.css", good, '<link rel="stylesheet" href="file:///missing.css">')


if __name__ == "__main__":
    unittest.main()
