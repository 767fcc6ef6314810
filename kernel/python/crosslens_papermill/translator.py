"""Parameters in Rust, by the types of their values."""

import re

from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

from .literal import guessed

# `let depth: i64 = 10;  // How deep.`, one on a line.
LET = re.compile(r"^\s*let\s+(?:mut\s+)?(\w+)\s*(?::\s*([^=]+?))?\s*=\s*(.*?)\s*(?:;\s*(?://\s*(.*))?)?$")


class RustTranslator(Translator):
    """Each parameter as `let name: type = value;`."""

    @classmethod
    def translate(cls, val):
        return guessed(val)[1]

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val, kind=None):
        return f"let {name}: {kind} = {str_val};" if kind else f"let {name} = {str_val};"

    @classmethod
    def codify(cls, parameters, comment="Parameters", words=False):
        typed = ((name, *guessed(value, words)) for name, value in parameters.items())
        lines = [cls.comment(comment)] + [cls.assign(name, value, kind) for name, kind, value in typed]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def inspect(cls, parameters_cell):
        lets = filter(None, map(LET.match, parameters_cell["source"].splitlines()))
        return [Parameter(name, str(kind), default, help or "") for name, kind, default, help in map(re.Match.groups, lets)]


def register():
    """Makes papermill write Rust: for our kernel, and for any other of the language."""
    for name in ("crosslens", "rust", "Rust"):
        papermill_translators.register(name, RustTranslator)
