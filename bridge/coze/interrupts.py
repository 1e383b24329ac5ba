"""
What a workflow asks back, and the answer as it wants it.

A question node takes what the person says. An input node takes its fields, as JSON, so the fields are remembered with
what waits: a person fills the only one with all they say, or several by ``name: value`` lines or one line for each.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from bridge.coze.error_codes import number

QUESTION: Final = 2
INPUT: Final = 5
_FOR_PEOPLE: Final = (QUESTION, INPUT)  # the other kinds wait for a program to run a plugin, or for a login


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """A run that waits for somebody's answer."""

    event_id: str
    type: int
    fields: tuple[str, ...] = ()  #: the names an input node asks for

    @property
    def for_people(self) -> bool:
        """Whether somebody in a chat can answer it."""
        return self.type in _FOR_PEOPLE

    @property
    def token(self) -> str:
        """By which the next message finds what waits."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, token: str) -> Self | None:
        """What *token* stands for; None if it is of another kind."""
        try:
            known = json.loads(token)
            return cls(event_id=known["event_id"], type=known["type"], fields=tuple(known["fields"]))
        except (ValueError, TypeError, KeyError):
            return None

    def answer(self, text: str) -> str:
        """What the person said, as the node takes it."""
        if self.type != INPUT or _is_object(text):
            return text
        return json.dumps(_filled(self.fields or ("input",), text), ensure_ascii=False)


def read_interrupt(data: dict[str, Any]) -> tuple[Interrupt, str]:
    """The interrupt in *data*, and what it asks, as far as it says."""
    asks = _asks(data.get("data"))
    required = data.get("required_parameters")
    fields = tuple(required) if isinstance(required, dict) else _names(asks)
    kind = number(data.get("type")) or QUESTION
    form = not asks or _parsed(asks) is not None  # which says no more than the fields do
    interrupt = Interrupt(event_id=str(data.get("event_id") or ""), type=kind, fields=fields)
    return interrupt, "\n".join(f"- {name}" for name in fields) if form else asks


def read_verbose(content: str) -> dict[str, Any] | None:
    """The interrupt in a chat's ``verbose`` message; None if it tells of something else."""
    package = _parsed(content)
    if not isinstance(package, dict) or package.get("msg_type") != "interrupt":
        return None
    data = _parsed(package.get("data"))
    return data if isinstance(data, dict) else {}


def _asks(data: object) -> str:
    """The question within the question's own JSON."""
    content = _parsed(data)
    if isinstance(content, dict):
        inner = content.get("content")
        return inner if isinstance(inner, str) else ""
    return data if isinstance(data, str) else ""


def _names(asks: str) -> tuple[str, ...]:
    form = _parsed(asks)
    fields: Iterable[Any] = form if isinstance(form, list) else ()
    return tuple(str(one["name"]) for one in fields if isinstance(one, dict) and one.get("name"))


def _filled(fields: tuple[str, ...], text: str) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pairs = [line.replace("：", ":", 1).partition(":") for line in lines]  # noqa: RUF001 - the colon of Chinese keyboards
    named = {name.strip(): value.strip() for name, _, value in pairs if name.strip() in fields}
    if named:
        return named
    if len(lines) == len(fields):
        return dict(zip(fields, lines, strict=True))
    return {fields[0]: text}


def _is_object(text: str) -> bool:
    return isinstance(_parsed(text), dict)


def _parsed(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None
