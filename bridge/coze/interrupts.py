"""
Interrupts: what a run or chat waits for, and the person's answer in the form that the node takes.

A question node takes what the person says. An input node takes values by name, so the names are in the resume token. If it wants
one value, that is all that the person says. Several are given as ``name: value`` lines, as one line for each, or one after the
other: what is missing is asked for here, and the node is answered once everything is there.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from bridge.coze.error_codes import number
from bridge.coze.prompts import Prompt, bullets, parsed, read_parameters, read_prompt
from bridge.sdk.asking import BotEvent, ChatFinished, InputRequired, MessageCompleted

QUESTION: Final = 2  #: Coze's type of an interrupt by a question node; seen in answers, not documented
INPUT: Final = 5  #: ... and by an input node; as above, not documented
_FOR_PEOPLE: Final = (QUESTION, INPUT)  # the other kinds wait for a program to run a plugin, or for a login
_UNNAMED: Final = ("input",)  # what Coze calls the only value of a node that names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """A run or chat that waits for somebody's answer."""

    event_id: str
    type: int
    fields: tuple[str, ...] = ()  #: the names of the values an input node asks for
    required: tuple[str, ...] = ()  #: those among them that it cannot do without
    given: dict[str, str] = field(default_factory=dict)  #: the values that the person has told by now

    @property
    def for_people(self) -> bool:
        """Whether somebody in a chat can answer it."""
        return self.type in _FOR_PEOPLE

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the values that the node still needs."""
        return tuple(name for name in self.required if name not in self.given)

    @property
    def asks(self) -> str:
        """What is missing, as a person reads it."""
        return bullets(self.missing)

    @property
    def token(self) -> str:
        """The resume token: this value as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, token: str | None) -> Self | None:
        """The interrupt of a resume *token*; None if it is none."""
        known = parsed(token)
        if not isinstance(known, dict) or not {"event_id", "type", "fields"} <= known.keys():
            return None
        event_id, kind, fields = known["event_id"], known["type"], known["fields"]
        required, given = known.get("required") or fields, known.get("given") or {}  # which older tokens do not tell
        return cls(event_id=event_id, type=kind, fields=tuple(fields), required=tuple(required), given=given)

    def hearing(self, text: str) -> Self:
        """The same, with what the person said filled in."""
        if self.type != INPUT:
            return self
        if isinstance(parsed(text), dict):  # a person who writes JSON for the node knows what it wants
            return replace(self, required=())
        return replace(self, given={**self.given, **_filled(self._wanted, self.fields, text)})

    def as_json(self, text: str) -> str:
        """The answer as a run's node takes it; *text* is what the person said."""
        if self.type != INPUT or isinstance(parsed(text), dict):
            return text
        return json.dumps(self.given, ensure_ascii=False)

    def as_lines(self, text: str) -> str:
        """The answer as a chat's node takes it: ``name:value`` lines."""
        if self.type != INPUT or isinstance(parsed(text), dict):
            return text
        if not self.fields:
            return json.dumps(self.given, ensure_ascii=False)
        return "\n".join(f"{name}:{' '.join(value.split())}" for name, value in self.given.items())

    @property
    def _wanted(self) -> tuple[str, ...]:
        unknown = tuple(name for name in self.fields if name not in self.given)
        return self.missing or unknown or self.fields or _UNNAMED


def read_interrupt(data: dict[str, Any]) -> tuple[Interrupt, Prompt]:
    """The interrupt in *data*, and what it asks, as far as it says."""
    said = data.get("data")
    plain = Prompt(question=said) if isinstance(said, str) and parsed(said) is None else Prompt()
    prompt = (read_prompt(said) or plain).asking(read_parameters(data.get("required_parameters")))
    usual = INPUT if prompt.fields else QUESTION
    return waiting_for(prompt, event_id=str(data.get("event_id") or ""), kind=number(data.get("type")) or usual), prompt


def waiting_for(prompt: Prompt, *, event_id: str = "", kind: int | None = None) -> Interrupt:
    """The interrupt that waits for the answer to *prompt*."""
    return Interrupt(
        event_id=event_id,
        type=kind or (INPUT if prompt.fields else QUESTION),
        fields=tuple(one.name for one in prompt.fields),
        required=tuple(one.name for one in prompt.fields if one.required),
    )


def ask_for_missing(waiting: Interrupt) -> Iterator[BotEvent]:
    """The events of an answer that asks for the values which the node still needs."""
    yield MessageCompleted(message_id="missing", text=waiting.asks)
    yield InputRequired(token=waiting.token)
    yield ChatFinished()


def read_verbose(content: str) -> dict[str, Any] | None:
    """The interrupt in a chat's ``verbose`` message; None if it tells of something else."""
    package = parsed(content)
    if not isinstance(package, dict) or package.get("msg_type") != "interrupt":
        return None
    data = parsed(package.get("data"))
    return data if isinstance(data, dict) else {}


def _filled(wanted: tuple[str, ...], names: tuple[str, ...], text: str) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pairs = [line.replace("：", ":", 1).partition(":") for line in lines]
    named = {name.strip(): value.strip() for name, _, value in pairs if name.strip() in names}
    if named:
        return named
    if len(lines) == len(wanted):
        return dict(zip(wanted, lines, strict=True))
    return {wanted[0]: text}
