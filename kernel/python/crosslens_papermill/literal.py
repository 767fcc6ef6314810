"""What a parameter can be, and how its value is written in Rust."""

import json
import math

# What a value is taken for where nothing declares a type: the first of these that it can be.
KINDS = ["i64", "f64", "bool", "Vec<i64>", "Vec<f64>", "Vec<bool>", "Vec<&str>", "&str"]


def literal(kind, value):
    """The value as a Rust expression of this kind; a `ValueError` if it is of another.

    Words stand for what they say, as papermill hands over from its command line what it does not know: `true`, and a
    vector as a JSON list.
    """
    if kind.startswith("Vec<"):
        elements = json.loads(value) if isinstance(value, str) else value
        of_words = kind == "Vec<&str>"
        if not isinstance(elements, list) or any(isinstance(element, str) != of_words for element in elements):
            raise ValueError(value)
        return f"vec![{', '.join(literal(kind[4:-1], element) for element in elements)}]"
    if kind == "i64" and type(value) is int and -(2**63) <= value < 2**63:
        return str(value)
    if kind == "f64" and type(value) in (int, float):
        return _float(float(value))
    if kind == "bool" and str(value) in ("True", "true", "False", "false"):
        return str(value).lower()
    if kind == "&str" and isinstance(value, str):
        return _quoted(value)
    raise ValueError(value)


def guessed(value, words=False):
    """The kind of a value whose type is declared nowhere, and the value in Rust; `words` may stand for what they say."""
    for kind in KINDS:
        if isinstance(value, str) and kind != "&str" and not words:
            continue
        try:
            return kind, literal(kind, value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is no int, float, bool, str, or list of one of these")


def _float(number):
    if math.isnan(number):
        return "f64::NAN"
    if math.isinf(number):
        return "f64::INFINITY" if number > 0 else "f64::NEG_INFINITY"
    mantissa, *exponent = repr(number).split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent[0])}" if exponent else mantissa


def _quoted(text):
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character):
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(character)
    # The compiler refuses characters that change the direction of writing.
    unseen = code < 0x20 or 0x7F <= code <= 0x9F or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return named.get(character) or (f"\\u{{{code:x}}}" if unseen else character)
