"""An engine that holds parameters against the types that the notebook declares, and keeps where results come from.

papermill loads it, as every engine, when it is imported; that is also when the translator is added to its table.
"""

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.utils import find_first_tagged_cell_index

from .declared import injected
from .translator import register

register()

# What `provenance()` shows, for programs.
PROVENANCE = "application/vnd.crosslens.provenance+json"


class CrosslensEngine(NBClientEngine):
    """`papermill --engine crosslens`."""

    @classmethod
    def execute_notebook(cls, nb, kernel_name, input_path=None, **options):
        index = find_first_tagged_cell_index(nb, "injected-parameters")
        parameters = nb.metadata.get("papermill", {}).get("parameters")
        if index >= 0 and parameters:
            try:
                nb.cells[index].source = injected(nb, parameters)
            except ValueError as error:
                raise PapermillException(f"{input_path} cannot be run with these parameters:\n{error}") from None
        executed = super().execute_notebook(nb, kernel_name, input_path=input_path, **options)
        shown = [output.data for cell in executed.cells for output in cell.get("outputs", []) if "data" in output]
        told = [data[PROVENANCE] for data in shown if PROVENANCE in data]
        executed.metadata.pop("crosslens", None)
        if told:
            executed.metadata["crosslens"] = {"provenance": told[-1]}
        return executed

    @classmethod
    def nb_kernel_name(cls, nb, name=None):
        return name or nb.metadata.get("kernelspec", {}).get("name") or "crosslens"

    @classmethod
    def nb_language(cls, nb, language=None):
        return language or "rust"
