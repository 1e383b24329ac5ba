"""The readable text of a workflow's output, which is JSON."""

import json
from collections.abc import Iterator
from typing import Any, Final

from bridge.sdk.foreign_json import decode_json

_NAMED: Final = ("output", "data")
"""The default names of an output in Coze's editor."""

_DEEP: Final = 8
_AROUND: Final = frozenset({"content_type", "type_for_model", "type", "usage", "original_result"})
"""The keys beside the text in an answer that is the output of a workflow or tool, wrapped for the model."""

_WRAPPED: Final = tuple(f'{{"{name}":' for name in (*_NAMED, *sorted(_AROUND)))
_LONGEST_HEAD: Final = 100  # characters, white space included, in which an output begins as one


def may_be_variables(content: str) -> bool:
    """Whether *content* may be the beginning of variables in JSON, which are shown only once they are whole."""
    return content.lstrip().startswith("{")


def variables_text(content: str, output: str | None = None) -> str:
    """
    The text of *content*, which may be variables in JSON: that of the one called *output*.

    Without such a one, the only text among them, else the one with a default name, else all of them.
    """
    variables = _variables(content)
    if variables is None:
        return content
    if output in variables:
        return _value_text(variables[output])
    chosen = _chosen(variables)
    return "\n".join(_lines(variables, "", _DEEP)) if chosen is None else variables_text(chosen)


def may_be_wrapped(content: str) -> bool:
    """Whether *content* may be the beginning of an output in JSON in place of a bot's answer."""
    begun = "".join(content[:_LONGEST_HEAD].split()).lower()
    return any(head.startswith(begun) or begun.startswith(head) for head in _WRAPPED)


def unwrapped(content: str) -> str:
    """The text of an answer that is a workflow's or tool's output, such as ``{"output": "…"}``; any other as it is."""
    variables = _variables(content)
    names = {name.lower() for name in variables or ()}
    if variables is None or not names & set(_NAMED) or not names <= {*_NAMED, *_AROUND}:
        return content
    return _value_text(next(value for name, value in variables.items() if name.lower() in _NAMED))


def _variables(content: str) -> dict[str, Any] | None:
    try:
        variables = decode_json(content) if may_be_variables(content) else None
    except ValueError:
        return None
    return variables if isinstance(variables, dict) else None


def _chosen(variables: dict[str, Any]) -> str | None:
    texts = {name: value for name, value in variables.items() if isinstance(value, str)}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return next((texts[name] for name in _NAMED if name in texts), None)


def _value_text(value: Any) -> str:
    """One variable as people read it."""
    if isinstance(value, dict | list):
        return "\n".join(_lines(value, "", _DEEP))
    return variables_text(value) if isinstance(value, str) else "" if value is None else _scalar_text(value)


def _lines(value: dict[str, Any] | list[Any], indent: str, deep: int) -> Iterator[str]:
    """*value* as nested lists in Markdown; what is empty is left out."""
    named = value.items() if isinstance(value, dict) else (("", inner) for inner in value)
    for name, inner in named:
        label = f"**{name}**" if name else ""
        if inner in (None, "", [], {}):
            continue
        if not isinstance(inner, dict | list) or not deep:
            yield f"{indent}- {': '.join(filter(None, (label, _scalar_text(inner))))}"
            continue
        if label:
            yield f"{indent}- {label}"
        yield from _lines(inner, f"{indent}  " if label else indent, deep - 1)


def _scalar_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
