"""The ways to get the kernel say the same, and Binder's script does what it should."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = ROOT / "environment.yml"
BINDER = ROOT / ".binder"
CONTAINER = ROOT / ".devcontainer" / "devcontainer.json"


def requirements():
    """The versions that the tests use, by name."""
    lines = (ROOT / "kernel" / "tests" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def environment():
    """The versions that the environment allows, by name, and the whole."""
    whole = yaml.safe_load(ENVIRONMENT.read_text(encoding="utf-8"))
    parts = [line.partition(" ") for line in whole["dependencies"]]
    return {name: versions.strip() for name, _, versions in parts}, whole


def allows(versions, version):
    """Whether the environment allows a version; `4.*` is how conda writes `==4.*`."""
    return Version(version) in SpecifierSet(versions if versions[:1] in "<>=!" else f"=={versions}")


class Environments(unittest.TestCase):
    def test_binder_has_the_same_environment(self):
        self.assertEqual((BINDER / "environment.yml").read_bytes(), ENVIRONMENT.read_bytes())

    def test_it_has_what_the_kernel_and_the_readme_need(self):
        packages, whole = environment()
        self.assertEqual(whole["name"], "crosslens")
        self.assertEqual(whole["channels"], ["conda-forge", "nodefaults"])
        needed = {"rust", "rust-src", "c-compiler", "python", "jupyterlab", "nbconvert", "papermill", "jupytext", "nbdime", "pip"}
        self.assertLessEqual(needed, set(packages))

    def test_its_compiler_is_new_enough(self):
        packages, _ = environment()
        oldest = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["rust-version"]
        for name in ["rust", "rust-src"]:
            self.assertEqual(packages[name], f">={oldest}")

    def test_what_is_tested_is_what_it_installs(self):
        packages, _ = environment()
        tested = {name: version for name, version in requirements().items() if name in packages}
        self.assertLessEqual({"jupyter_client", "nbclient", "nbconvert", "papermill", "jupytext", "nbdime"}, set(tested))
        for name, version in tested.items():
            self.assertTrue(allows(packages[name], version), f"{name} {version} is tested, {packages[name]} is installed")

    def test_the_container_makes_that_environment_and_runs_binders_script(self):
        container = json.loads(CONTAINER.read_text(encoding="utf-8"))
        _, whole = environment()
        first, second = container["postCreateCommand"].split(" && ")
        self.assertEqual(first, f"conda env create --file {ENVIRONMENT.name}")
        script = second.split()[-1]
        self.assertEqual(second.split()[:-1], ["conda", "run", "--name", whole["name"], "--no-capture-output"])
        self.assertEqual(ROOT / script, BINDER / "postBuild")
        python = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
        self.assertEqual(Path(python).parts[-3:], (whole["name"], "bin", "python"))

    def test_the_script_can_be_executed_and_names_what_exists(self):
        script = BINDER / "postBuild"
        self.assertTrue(script.stat().st_mode & stat.S_IXUSR)
        self.assertEqual(subprocess.run(["bash", "-n", str(script)], check=False).returncode, 0)
        text = script.read_text(encoding="utf-8")
        self.assertIn("set -euo pipefail", text)
        manifest = tomllib.loads((ROOT / "kernel" / "Cargo.toml").read_text(encoding="utf-8"))
        self.assertIn(f"bin/{manifest['package']['name']}", text)
        for path in ["kernel/Cargo.toml", "kernel/python/pyproject.toml"]:
            self.assertTrue((ROOT / path).is_file(), path)
        self.assertTrue(list((ROOT / "notebooks").glob("*.ipynb")))


# What `cargo install` would do takes minutes: the program that is tested is put where that would put its own.
CARGO = """#!/bin/sh
if [ "$1 $2 $3 $4 $5" = "install --locked --path kernel --root" ] && [ $# = 6 ] && [ -f kernel/Cargo.toml ]; then
    mkdir -p "$6/bin" && exec cp "$CROSSLENS_PROGRAM" "$6/bin/crosslens-kernel"
fi
[ "$1" != install ] || { echo "cargo install is called otherwise: $*" >&2; exit 1; }
exec "$REAL_CARGO" "$@"
"""

CELL = """\
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="crosslens", startup_timeout=300)
shown = []
client.execute_interactive("CrossEncoder::embedded()?.shape().layers", timeout=120, output_hook=shown.append)
client.stop_channels()
manager.shutdown_kernel()
print([m["content"]["data"]["text/plain"] for m in shown if m["msg_type"] == "execute_result"])
"""


class PostBuild(unittest.TestCase):
    def test_the_kernel_is_in_the_environment_of_the_script_and_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            venv, programs = folder / "venv", folder / "programs"
            run = lambda *command, **options: subprocess.run(command, capture_output=True, text=True, check=False, **options)
            made = run(sys.executable, "-m", "venv", str(venv))
            self.assertEqual(made.returncode, 0, made.stderr)
            needed = [f"{name}=={version}" for name, version in requirements().items() if name in {"jupyter_client", "nbformat"}]
            filled = run(str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", *needed)
            self.assertEqual(filled.returncode, 0, filled.stderr)
            programs.mkdir()
            (programs / "cargo").write_text(CARGO, encoding="utf-8")
            (programs / "cargo").chmod(0o755)
            env = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX", "JUPYTER_PATH"}}
            path = os.pathsep.join([str(programs), str(venv / "bin"), env["PATH"]])
            env |= {"PATH": path, "REAL_CARGO": shutil.which("cargo"), "JUPYTER_DATA_DIR": str(folder / "data")}

            built = run(str(BINDER / "postBuild"), env=env, cwd=folder)
            self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
            listed = run("jupyter", "kernelspec", "list", "--json", env=env, cwd=folder)
            kernel = json.loads(listed.stdout)["kernelspecs"]["crosslens"]
            self.assertEqual(Path(kernel["resource_dir"]), venv / "share" / "jupyter" / "kernels" / "crosslens")
            self.assertEqual(kernel["spec"]["argv"][0], str(venv / "bin" / "crosslens-kernel"))
            notebooks = len(list((ROOT / "notebooks").glob("*.ipynb")))
            signed = len(re.findall(r"^Signing notebook|^Notebook already signed", built.stdout, re.MULTILINE))
            self.assertEqual(signed, notebooks, built.stdout)
            cell = run(str(venv / "bin" / "python"), "-c", CELL, env=env, cwd=folder)
            self.assertEqual(cell.stdout.strip(), "['6']", cell.stderr)


if __name__ == "__main__":
    unittest.main()
