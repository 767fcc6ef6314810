"""A JupyterLab of its own, and what a user does in its notebooks."""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PATIENCE = 300
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Otherwise an answer that takes over a second, as on a machine with much else to do, is dropped.
    "completer-extension/manager": {"providerTimeout": 1000 * PATIENCE},
}
# The server ends with whoever holds the other end of its standard input, however that ends.
SERVE = """
import os, signal, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os.kill(os.getpid(), signal.SIGTERM)), daemon=True).start()
from jupyterlab.labapp import main
main()
"""
# The open notebook, not those in other tabs.
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"


class Lab:
    """The server, which knows no notebook, trusts none and asks nothing of the network."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="crosslens-lab-")
        root = Path(self.folder.name)
        places = {"JUPYTER_CONFIG_DIR": root / "config", "JUPYTER_DATA_DIR": root / "data", "JUPYTER_RUNTIME_DIR": root / "runtime",
                  "JUPYTERLAB_SETTINGS_DIR": root / "settings", "JUPYTERLAB_WORKSPACES_DIR": root / "workspaces"}
        self.notebooks, self.runtime, self.log = root / "notebooks", root / "runtime", root / "log"
        for place in [self.notebooks, *places.values()]:
            place.mkdir()
        for plugin, settings in SETTINGS.items():
            path = root / f"settings/@jupyterlab/{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        self.token = secrets.token_hex(16)
        command = [sys.executable, "-c", SERVE, "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
                   f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}", "--LabApp.news_url=None",
                   "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly"]
        with open(self.log, "wb") as log:
            self.server = subprocess.Popen(command, env={**os.environ, **places}, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            self.url = self.wait()
        except BaseException:
            self.close()
            raise

    def wait(self):
        """The server's address, once it answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.server.poll() is None:
            try:
                told = json.loads((self.runtime / f"jpserver-{self.server.pid}.json").read_text())
                urllib.request.urlopen(f"{told['url']}api/status?token={self.token}", timeout=PATIENCE).close()
                return told["url"]
            except (OSError, ValueError):
                time.sleep(0.1)
        raise AssertionError(f"JupyterLab does not start:\n{self.log.read_text()}")

    def close(self):
        self.server.stdin.close()
        try:
            self.server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.folder.cleanup()

    def address(self, path="lab"):
        # Without what other pages left open.
        return f"{self.url}{path}?token={self.token}&reset"


class Notebook:
    """A page with JupyterLab in it and one notebook open."""

    def __init__(self, browser, lab, name=None):
        self.faults = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 1000})
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.note(request.url, lab.url))
        if name:
            self.page.goto(lab.address(f"lab/tree/{name}"))
        else:
            self.page.goto(lab.address())
            self.page.locator(".jp-LauncherCard[data-category=Notebook]", has_text="Rust (crosslens)").click()
        self.cells = self.page.locator(f"{NOTEBOOK} .jp-Notebook .jp-Cell")
        # A cell that is run before the kernel is there is forgotten.
        self.page.locator("#jp-main-statusbar").get_by_text("Rust (crosslens) | Idle").wait_for()

    def note(self, url, own):
        """Nothing is asked of another host."""
        if not re.match(f"(data|blob):|(http|ws){re.escape(own.removeprefix('http'))}", url):
            self.faults.append(f"asks for {url}")

    def type(self, code):
        """Writes into the last cell in place of what it holds."""
        self.cells.last.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(code)

    def begin(self, code=None):
        """Runs the last cell; its output area."""
        if code:
            self.type(code)
        index = self.cells.count() - 1
        self.page.keyboard.press("Shift+Enter")
        return Output(self, self.cells.nth(index))

    def run(self, code=None):
        """The same when the cell has ended."""
        return self.begin(code).ended()

    def menu(self, *names):
        """Chooses from the menus."""
        self.page.locator(".lm-MenuBar-item").get_by_text(names[0], exact=True).click()
        for name in names[1:]:
            self.page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()

    def theme(self, light):
        self.menu("Settings", "Theme", "JupyterLab Light" if light else "JupyterLab Dark")
        self.page.locator(f"body[data-jp-theme-light={str(light).lower()}]").wait_for(state="attached")
        # The curtain behind which JupyterLab changes a theme lies over the page until it has faded.
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")


class Output:
    """What a cell shows."""

    def __init__(self, notebook, cell):
        self.notebook, self.cell, self.area = notebook, cell, cell.locator(".jp-OutputArea-output")

    def find(self, what):
        return self.cell.locator(f".jp-OutputArea-output {what}")

    def ended(self, count=r"\d+"):
        self.cell.locator(".jp-InputPrompt").get_by_text(re.compile(rf"^\[{count}\]:$")).wait_for()
        return self

    def text(self):
        return "\n".join(self.area.all_inner_texts())

    def size(self, what):
        """The width and height of an element that must be seen."""
        self.find(what).first.scroll_into_view_if_needed()
        box = self.find(what).first.bounding_box()
        return box["width"], box["height"]
