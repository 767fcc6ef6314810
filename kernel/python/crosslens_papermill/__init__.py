"""papermill for notebooks in Rust.

`papermill in.ipynb out.ipynb -p depth 20` works as soon as this package is installed: the types are those of the
values. `papermill --engine crosslens …` takes the types from the cell tagged `parameters`, as `crosslens-kernel run -p`
does, and refuses a value of another type before anything runs. Where no entry point is wanted, `register()` adds the
translator to papermill's table.
"""

# First: papermill loads our engine, which needs the translator, on the way.
import papermill  # noqa: F401

from .translator import RustTranslator, register

__all__ = ["RustTranslator", "register"]
