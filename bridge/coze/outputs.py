"""The text in what a workflow gives: its variables are JSON, which is nothing to show people."""

import json
from collections.abc import Iterator
from typing import Any, Final

_NAMED: Final = ("output", "data")
"""What Coze's editor calls an output, unless its author does."""

_DEEP: Final = 8


def may_be_variables(content: str) -> bool:
    """Whether *content* may be the beginning of variables; then it is shown when it is whole."""
    return content.lstrip().startswith("{")


def readable(content: str, output: str | None = None) -> str:
    """
    The text in *content*: of its variables the one called *output*.

    Where there is no such one, the only text among them, or the one with the usual name, or else all of them.
    """
    try:
        variables = json.loads(content) if may_be_variables(content) else None
    except (ValueError, RecursionError):
        variables = None
    if not isinstance(variables, dict):
        return content
    if output in variables:
        return _told(variables[output])
    chosen = _chosen(variables)
    return "\n".join(_lines(variables, "", _DEEP)) if chosen is None else readable(chosen)


def _chosen(variables: dict[str, Any]) -> str | None:
    texts = {name: value for name, value in variables.items() if isinstance(value, str)}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return next((texts[name] for name in _NAMED if name in texts), None)


def _told(value: Any) -> str:
    """One variable as people read it."""
    if isinstance(value, dict | list):
        return "\n".join(_lines(value, "", _DEEP))
    return readable(value) if isinstance(value, str) else "" if value is None else _word(value)


def _lines(value: dict[str, Any] | list[Any], indent: str, deep: int) -> Iterator[str]:
    """*value* as nested lists in Markdown; what is empty is left out."""
    named = value.items() if isinstance(value, dict) else (("", inner) for inner in value)
    for name, inner in named:
        label = f"**{name}**" if name else ""
        if inner in (None, "", [], {}):
            continue
        if not isinstance(inner, dict | list) or not deep:
            yield f"{indent}- {': '.join(filter(None, (label, _word(inner))))}"
            continue
        if label:
            yield f"{indent}- {label}"
        yield from _lines(inner, f"{indent}  " if label else indent, deep - 1)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
