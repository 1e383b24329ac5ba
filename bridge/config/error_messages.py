"""Validation errors of pydantic, in words for somebody who edits the file."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

from bridge.config.complaint import KeyPath, nearest
from bridge.config.positions import Source

_SECTION = "expected a section of keys"
_KEYS_SHOWN = 3
_FIRST = ("name", "when", "bot", "kind", "token", "bot_id")
"""The keys that say most about their section."""
_EXPECTED = {
    "expected": "{message}",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing_size": "expected a smaller number",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "finite_number": "expected a number",
    "greater_than": "expected more than {gt:g}",
    "greater_than_equal": "expected at least {ge:g}",
    "less_than": "expected less than {lt:g}",
    "less_than_equal": "expected at most {le:g}",
    "dataclass_type": "expected a value",
    "pattern_regex": "expected a regular expression",
    "pattern_type": "expected a regular expression",
    "url_parsing": "expected a URL such as https://example.org",
    "url_scheme": "expected a URL that begins with {expected_schemes}",
}
_SHAPES = {
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "string_type": "expected text",
}


def explain(error: ErrorDetails, *, model: type[BaseModel], key_path: KeyPath, source: Source) -> tuple[KeyPath, str]:  # noqa: PLR0911 - a table
    """The place of *error* in the file, and the message; *key_path*: that of *model* in the file."""
    context = error.get("ctx", {})
    where = _in_file(key_path, error["loc"], source)
    match error["type"]:
        case "missing":
            return (*where, str(error["loc"][-1])), _missing(model, error["loc"])
        case "extra_forbidden":
            return where, f"unknown key{nearest(str(where[-1]), _keys(model, error['loc'][:-1]))}"
        case "literal_error" | "enum":
            return where, _choice(str(context["expected"]), where, source)
        case "string_too_short" | "too_short":
            return where, "must not be empty"
        case "string_pattern_mismatch":
            return where, f"does not have the form {context['pattern']}"
        case "value_error":
            return where, source.hide(str(context["error"]))
        case kind if kind in _EXPECTED:
            return where, _with_got(_EXPECTED[kind].format_map(context), model, error["loc"], source.got(where))
        case kind if kind in _SHAPES:
            return where, f"{_expected_shape(kind, model, error['loc'])}, got {_shape(source.got(where))}"
        case _:
            return where, source.hide(error["msg"])


def is_secret(annotation: Any) -> bool:
    """Whether a value of that type must not be shown."""
    return annotation is SecretStr or any(map(is_secret, get_args(annotation)))


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a value of that *annotation* may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def fields(model: type[BaseModel]) -> Mapping[str, Any]:
    """The fields of *model* by the keys of the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _in_file(key_path: KeyPath, loc: tuple[int | str, ...], source: Source) -> KeyPath:
    """The parts of *loc* that the file has, without a validator's own names for alternatives."""
    for part in loc:
        if (*key_path, part) in source.at:
            key_path = (*key_path, part)
    return key_path


def _fields_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[Any]:
    """The fields that *loc* leads to."""
    sections, found = [model], []
    for part in loc:
        here = [fields(section)[str(part)] for section in sections if str(part) in fields(section)]
        if here:
            found = here
            sections = [section for field in here for section in models(field.annotation)]
    yield from found


def _keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    sections = [section for field in _fields_at(model, loc) for section in models(field.annotation)]
    return [key for section in sections or [model] for key in fields(section)]


def _missing(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    described = next((field.description for field in _fields_at(model, loc) if field.description), None)
    return f"missing: {described}" if described else "missing"


def _choice(expected: str, where: KeyPath, source: Source) -> str:
    known = re.findall(r"'([^']*)'", expected) or [expected]
    got = source.got(where)
    guess = nearest(got.strip("`"), known) if got.startswith("`") else ""
    guess = guess if "did you mean" in guess else ""
    return f"expected {' or '.join(filter(None, (', '.join(known[:-1]), known[-1])))}, got {got}{guess}"


def _with_got(expected: str, model: type[BaseModel], loc: tuple[int | str, ...], got: str) -> str:
    secret = any(is_secret(field.annotation) for field in _fields_at(model, loc))
    alone = got in ("a section", "nothing") or secret or "; did you mean" in expected
    return expected if alone else f"{expected}, got {got}"


def _expected_shape(kind: str, model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """The shape that was expected, with the keys that a section has, or the ways to give a secret."""
    found = list(_fields_at(model, loc))
    if any(is_secret(field.annotation) for field in found):
        return "expected text such as ${NAME}, or {file: name}"
    if _SHAPES[kind] != _SECTION or (found and not any(True for field in found for _ in models(field.annotation))):
        return _SHAPES[kind]
    keys = sorted(_keys(model, loc), key=lambda key: key not in _FIRST)
    return f"{_SECTION} such as {', '.join(f'`{key}: …`' for key in keys[:_KEYS_SHOWN])}"


def _shape(got: str) -> str:
    """The kind of what was got; a text is not quoted, as it may be a misplaced secret."""
    return "text" if got.startswith("`") else got
