"""Chromium without a network, and what it sees of a page."""

import base64
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import chromium
from playwright.sync_api import sync_playwright

from rendering.notebook import Chart, Table, letters

WIDTHS = (1280, 390)
HEIGHT = 900
# Nothing is found under any name.
CLOSED = "--host-resolver-rules=MAP * ~NOTFOUND"
LOOK = (Path(__file__).parent / "look.js").read_text()
# The least width of a chart on which something is seen.
LEAST = 200


class Browser:
    """One Chromium, from which nothing goes out."""

    def __init__(self):
        self.playwright = sync_playwright().start()
        self.browser = chromium.launch(self.playwright, CLOSED)

    def close(self):
        self.browser.close()
        self.playwright.stop()

    def open(self, path: Path, width: int, answers=None):
        """The page of a file, at this width; `answers` are scripts of other hosts, by the end of their names."""
        return Page(self.browser.new_page(viewport={"width": width, "height": HEIGHT}), path.as_uri(), answers or {})


class Page:
    """An open page, and what went wrong on it."""

    def __init__(self, page, address, answers):
        self.page, self.answers, self.faults = page, answers, []
        page.on("console", lambda message: self._told(message))
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.route(lambda url: urlsplit(url).scheme not in ("file", "data", "blob"), self._closed)
        page.on("requestfailed", lambda request: self.faults.append(f"not loaded: {request.url[:200]}"))
        page.goto(address, wait_until="load")
        page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => {})))")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.page.close()

    def _told(self, message):
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _closed(self, route):
        name = urlsplit(route.request.url).path
        answer = next((body for end, body in self.answers.items() if name.endswith(end)), None)
        if answer is not None:
            route.fulfill(body=answer, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"})
            return
        self.faults.append(f"asks the network for {route.request.url}")
        route.abort()

    def resize(self, width: int):
        """Makes the window as wide, and waits until the page has been laid out anew."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def look(self):
        """What the page shows now, as `look.js` tells it."""
        return self.page.evaluate(LOOK)

    def problems(self, expected):
        """What is wrong with the page: faults, overflow, and what it lacks of these tables and charts."""
        seen = self.look()
        return self.faults + overflow(seen) + missing(seen["pictures"], expected)


def overflow(seen):
    """What is wider than the page, or cut off by a box that does not scroll."""
    page, window = seen["page"], seen["window"]
    wide = [f"the page is {page} wide in a window of {window}: {', '.join(seen['wide'])}"] if page > window else []
    return wide + [f"cut off: {what}" for what in seen["cut"]]


def missing(pictures, expected):
    """Which of the expected are not seen, in this order."""
    places, problems = iter(pictures), []
    for what in expected:
        faults = None
        for place in places:
            if shows(place, what):
                faults = ill(place, what)
                break
        else:
            # What comes later is looked for from the start again, so that one fault is told once.
            places = iter(pictures)
        if faults is None:
            problems.append(f"{what} is missing or out of its order")
        problems += [f"{what}: {fault}" for fault in faults or []]
    return problems


def shows(place, what):
    """Whether an element of a page is this table or chart."""
    if isinstance(what, Table):
        return place["kind"] == "table" and tuple(tuple(map(letters, row)) for row in place["rows"]) == what.rows
    if place["kind"] == "svg":
        return place["title"] == what.title and place["elements"] == what.elements
    return place["kind"] == "img" and what.is_drawn_by(content(place["source"]))


def ill(place, what):
    """What is wrong with the element that shows something."""
    width, height = place["width"], place["height"]
    if not place["visible"] or width < 1 or height < 1:
        return [f"not visible ({width} × {height})"]
    if not isinstance(what, Chart):
        return []
    natural = what.size
    faults = []
    if width < min(LEAST, natural[0]):
        faults.append(f"only {width} pixels wide")
    if abs(height / width - natural[1] / natural[0]) > 0.02 * natural[1] / natural[0] + 1 / width:
        faults.append(f"distorted: {width} × {height} instead of {natural[0]} × {natural[1]}")
    return faults


def content(address: str):
    """The bytes of an image of a page."""
    if address.startswith("data:"):
        head, _, body = address.partition(",")
        return base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    parts = urlsplit(address)
    return Path(unquote(parts.path)).read_bytes() if parts.scheme == "file" else b""
