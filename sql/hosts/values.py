"""Values of Python as values of a transcript: pairs of type and text (see ../README.md)."""

_KINDS = {int: "integer", float: "real", str: "text", bytes: "blob", type(None): "null"}
_TEXTS = {float: repr, bytes: bytes.hex, type(None): lambda _: ""}


def typed(row) -> list:
    return [[_KINDS[type(v)], _TEXTS.get(type(v), str)(v)] for v in row]
