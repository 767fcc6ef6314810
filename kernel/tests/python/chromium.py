"""The Chromium of the machine, or the one that playwright brings."""

import os
import shutil
import subprocess
import sys

NAMES = ["chromium", "chromium-browser", "google-chrome"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


def launch(playwright, *flags):
    """A headless browser, to be closed by whoever asks for it."""
    return playwright.chromium.launch(executable_path=program(), args=[*FLAGS, *flags])


def program():
    """What to start; nothing if playwright finds its own."""
    named = os.environ.get("CROSSLENS_CHROMIUM")
    if named and not shutil.which(named):
        raise AssertionError(f"CROSSLENS_CHROMIUM is {named!r}, which is no program: name Chromium's")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    brought = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True,
                             text=True, check=False)
    if brought.returncode != 0:
        raise AssertionError("there is no Chromium: install it (on Debian: apt-get install chromium) or name it in "
                             f"CROSSLENS_CHROMIUM; playwright cannot bring one either: {brought.stderr[-500:]}")
    return None
