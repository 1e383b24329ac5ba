"""Which known conversations, and which of the old file's tests, another config would route differently."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bridge.config.settings import EVERYBODY_ELSE, Settings
from bridge.routing.rules import Rules
from bridge.routing.selftest import message_of
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place

_TYPES: Final = (ChatType.PRIVATE, ChatType.GROUP, ChatType.CHANNEL)
_PARTS: Final = 4
"""Of a scope, at least: the kind of memory, adapter, workspace, chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One conversation or test that another route or bot would answer by the other config."""

    subject: str  #: the conversation or the test, in words
    before: str  #: the route and its bot, or ``nobody``
    after: str  #: as *before*, by the other config


def compare(old: Settings, new: Settings, known: Iterable[tuple[str, str]]) -> Iterator[Change]:
    """Each change from *old* to *new*; *known* are the scopes of conversations, each with the bot that answers there."""
    before, after = Rules(old), Rules(new)
    for index, test in enumerate(old.tests):
        message = message_of(old, test)
        subject = f"tests.{index} “{test.say}” on {test.adapter}"
        yield from _changed(subject, [message], before, after)
    for scope, bot in known:
        meant = [message for message in _messages(scope) if _answers(before, message)[1] == bot]
        yield from _changed(scope, meant or list(_messages(scope)), before, after)


def _changed(subject: str, messages: Iterable[Inbound], before: Rules, after: Rules) -> Iterator[Change]:
    """A change for the first of the *messages* that would be answered differently, if any."""
    for message in messages:
        was, is_ = _answers(before, message), _answers(after, message)
        if was != is_:
            yield Change(subject=subject, before=_shown(was), after=_shown(is_))
            return


def _answers(rules: Rules, message: Inbound) -> tuple[str, str | None]:
    """The route and the bot that answer; no bot where nobody does."""
    decision = rules.decide(message)
    known = message.where.adapter in rules.settings.adapters
    if not known or decision.route is None or decision.route.discard or decision.refusal:
        return EVERYBODY_ELSE, None
    return decision.route.name, decision.bot


def _shown(answers: tuple[str, str | None]) -> str:
    route, bot = answers
    return f"{route} ({bot})" if bot else route


def _messages(scope: str) -> Iterator[Inbound]:
    """A message as it may come in that conversation, for each type of chat that it may be."""
    memory, *parts = scope.split("/")
    adapter, workspace, chat, *more = map(_read, parts) if len(parts) >= _PARTS - 1 else ("", "", "", "")
    if not adapter or not chat:
        return
    last = more[-1] if more else None
    person = last if memory == "person" and last else "somebody"
    place = Place(adapter=adapter, workspace=workspace, chat=chat, thread=last if memory == "thread" else None)
    for chat_type in (ChatType.PRIVATE,) if person == chat else _TYPES:
        author = Person(id=person)
        yield Inbound(
            dedupe_keys=("known",), where=place, chat_type=chat_type, author=author, text="", address=Address.TO_US
        )


def _read(part: str) -> str | None:
    """A part of a scope, unescaped."""
    return None if not part else part.replace("%2F", "/").replace("%25", "%") if part != "%" else ""
