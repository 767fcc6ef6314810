#!/usr/bin/env python3
"""Builds a site of notebooks: `python3 notebooks/site/build.py [NOTEBOOK ...] [--output DIR]`.

Without names, all notebooks of this repository. Nothing is executed: the site shows the outputs that the files hold, so
a notebook of your own is run first (`cargo crosslens run`). Opened from the disk or from any server, it needs no network.

Sphinx with MyST-NB, from PyPI, comes into an environment of its own in `target/site` when the first site is built.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent
WORK = NOTEBOOKS.parent / "target" / "site"
REQUIREMENTS = HERE / "requirements.txt"
START = """# Notebooks

{entries}

```{{toctree}}
:hidden:

{names}
```
"""


def committed():
    """The notebooks of the repository, without those that were executed from them."""
    return [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if not path.name.endswith(".executed.ipynb")]


def read(path: Path):
    """The cells of a notebook."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path}: no notebook can be read here ({error}); name a file that Jupyter opens")


def introduced(path: Path):
    """The title of a notebook and its first paragraph, as they stand on the start page."""
    prose = ["".join(cell["source"]) for cell in read(path) if cell["cell_type"] == "markdown"]
    blocks = [block.strip() for text in prose for block in re.split(r"\n\s*\n|(?<=\n)(?=#)", text) if block.strip()]
    titles = [block for block in blocks if block.startswith("# ")]
    paragraphs = [block for block in blocks if not re.match(r"#|```|[-*>|] |\d+\. ", block)]
    title = titles[0].splitlines()[0].lstrip("# ") if titles else path.stem
    return title, paragraphs[0] if paragraphs else ""


def lay_out(notebooks, source: Path):
    """Puts the notebooks and their start page where Sphinx reads them."""
    entries = []
    for path in notebooks:
        title, paragraph = introduced(path)
        if (source / path.name).exists():
            sys.exit(f"{path}: another notebook of this site is called {path.name}; rename one of them")
        shutil.copy(path, source / path.name)
        entries.append(f"## [{title}]({path.name})\n\n{paragraph}")
    names = "\n".join(path.stem for path in notebooks)
    (source / "index.md").write_text(START.format(entries="\n\n".join(entries), names=names), encoding="utf-8")


def sphinx():
    """The Python with Sphinx in it; kept for the next time as long as the requirements are the same."""
    folder = WORK / "venv"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed, wanted = folder / "installed.txt", REQUIREMENTS.read_text(encoding="utf-8")
    if not (installed.exists() and installed.read_text(encoding="utf-8") == wanted):
        if sys.version_info < (3, 11):
            sys.exit(f"Sphinx needs Python 3.11 or newer, this is {sys.version.split()[0]}: call build.py with another")
        print("installing Sphinx and MyST-NB (once) …", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        ran = subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=False)
        if ran.returncode:
            sys.exit(f"what {REQUIREMENTS} names could not be installed: pip says above why")
        installed.write_text(wanted, encoding="utf-8")
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0].split(":")[0] + ".")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: all of this repository")
    parser.add_argument("--output", type=Path, default=WORK / "html", metavar="DIR", help="default: target/site/html")
    arguments = parser.parse_args()
    notebooks, output = arguments.notebooks or committed(), arguments.output.resolve()
    with tempfile.TemporaryDirectory() as folder:
        source, built = Path(folder) / "source", Path(folder) / "html"
        source.mkdir()
        lay_out(notebooks, source)
        command = [sphinx(), "-m", "sphinx", "--builder", "html", "--quiet", "--conf-dir", HERE,
                   "--doctree-dir", Path(folder) / "doctrees", source, built]
        if subprocess.run(command, check=False).returncode:
            sys.exit("the site was not built: Sphinx says above why")
        # Only the site: MyST-NB leaves a folder of its own beside it.
        shutil.copytree(built, output, dirs_exist_ok=True)
    print(output / "index.html")


if __name__ == "__main__":
    main()
