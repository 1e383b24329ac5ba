"""The readable text of a card, which chat platforms cannot draw."""

from collections.abc import Iterator
from typing import Any, Final

from bridge.sdk.foreign_json import decode_json

_READABLE: Final = frozenset({
    "title", "subtitle", "text", "content", "label", "name", "question", "description", "desc", "summary",
    "value", "key",
})  # fmt: skip
_DEEP: Final = 12
# names of the parts of Coze's card editor, which mean nothing to people
_COMPONENTS: Final = ("FlowpdCici", "@flowpd/")


def card_text(content: str) -> str:
    """What a person would read on the card, a line each; empty if nothing is."""
    return "\n".join(dict.fromkeys(_texts("content", content, _DEEP)))


def _texts(key: str, value: Any, deep: int) -> Iterator[str]:
    if not deep:
        return
    if isinstance(value, dict) and isinstance(value.get("elements"), dict):
        yield from _template(value, deep - 1)
    elif isinstance(value, dict):
        for inner, item in value.items():
            yield from _texts(inner, item, deep - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(key, item, deep - 1)
    elif isinstance(value, str):
        yield from _text(key, value.strip(), deep)


def _template(card: dict[str, Any], deep: int) -> Iterator[str]:
    """The text of a drawn card: the values of its variables and the labels of its elements, but not their names."""
    for variable in _dicts(card.get("variables")):
        yield from _texts("value", variable.get("defaultValue"), deep)
    for element in _dicts(card["elements"]):
        yield from _texts("", element.get("props"), deep)


def _dicts(values: object) -> Iterator[dict[str, Any]]:
    return (one for one in (values.values() if isinstance(values, dict) else ()) if isinstance(one, dict))


def _text(key: str, value: str, deep: int) -> Iterator[str]:
    if value[:1] in ("{", "[") and not value.startswith("{{"):  # cards carry JSON inside JSON
        try:
            yield from _texts(key, decode_json(value), deep - 1)
        except ValueError:
            return
    elif value and key.lower() in _READABLE and _is_for_people(value):
        yield value


def _is_for_people(value: str) -> bool:
    """Whether *value* is neither an address, nor a component's name, nor the place for a variable."""
    return not value.startswith(("http://", "https://", "{{", *_COMPONENTS))
