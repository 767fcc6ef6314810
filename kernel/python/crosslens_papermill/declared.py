"""The types that the cell of parameters declares, and the injected cell for them."""

import re

from papermill.utils import find_first_tagged_cell_index

from .literal import KINDS, guessed, literal
from .translator import LET, RustTranslator

EXAMPLES = {"i64": "10", "f64": "0.5", "bool": "true", "&str": "words", "Vec<&str>": "'[\"some\", \"words\"]'"}

# Where the literal alone says what it is; an integer without a suffix is an `i32`, which no parameter is.
FORMS = [
    (r"-?\d[\d_]*", None),
    (r"-?\d[\d_]*i64", "i64"),
    (r"-?\d[\d_]*(\.[\d_]*)?(e[+-]?\d+)?_?(f64)?", "f64"),
    (r"true|false", "bool"),
    (r'".*"', "&str"),
]


def injected(notebook, parameters):
    """The text of the injected cell. A `ValueError` tells everything that is wrong with the parameters, a line each."""
    index = find_first_tagged_cell_index(notebook, "parameters")
    if index < 0:
        return RustTranslator.codify(parameters, words=True)
    before = [cell for cell in notebook.cells[:index] if cell.cell_type == "code" and cell.source.strip()]
    place, declared = f"cell {len(before) + 1}", _declared(notebook.cells[index].source)
    lines, wrong = [RustTranslator.comment("Parameters")], []
    for name, value in parameters.items():
        line, kind = declared.get(name, (1, None))
        try:
            lines.append(RustTranslator.assign(name, _literal(name, kind, value, declared), kind))
        except ValueError as error:
            wrong.append(f"{place}, line {line}: {error}")
    if wrong:
        raise ValueError("\n".join(wrong))
    return "".join(f"{line}\n" for line in lines)


def _declared(source):
    """Line and kind of each parameter; no kind where no parameter can be of the type."""
    lets = ((number, LET.match(line)) for number, line in enumerate(source.splitlines(), 1))
    return {let[1]: (number, _kind(let[2], let[3])) for number, let in lets if let}


def _kind(written, default):
    if written is None:
        return next((kind for form, kind in FORMS if re.fullmatch(form, default)), None)
    kind = re.sub(r"\s+", "", written).replace("&'static", "&")
    return kind if kind in KINDS else None


def _literal(name, kind, value, declared):
    if name not in declared:
        raise ValueError(f"there is no parameter `{name}`; the cell declares {', '.join(declared) or 'none'}")
    if kind is None:
        raise ValueError(f"`{name}` has a type that no parameter has; declare it as i64, f64, bool, &str, or a Vec of "
                         f"one of these, such as `let {name}: i64 = …;`")
    try:
        return literal(kind, value)
    except ValueError:
        option = "-r" if kind == "&str" else "-p"
        example = EXAMPLES.get(kind) or f"'[{EXAMPLES[kind[4:-1]]}]'"
        raise ValueError(f"`{name}` is {kind}, which `{value}` is not; try `{option} {name} {example}`") from None
