"""
The conditions of a route, prepared once: whether each holds for a message, and why, in words.

Both answers come from the same condition, so that an explanation cannot differ from what happens. Reasons are put into words
only when somebody asks for them. They never repeat what a person wrote, as they are logged.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

from bridge.config.route_settings import Memory, TextCondition, When
from bridge.routing.access import Groups, members, person_of
from bridge.routing.reasons import Reason, conjunction, listing
from bridge.routing.scopes import scope
from bridge.sdk.model import Inbound

PATTERN_TEXT: Final = 20_000
"""Code points of a message that a pattern looks at: more than one message of any platform holds."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions look at, taken from a message once for all routes."""

    message: Inbound
    adapter: str
    platform: str
    workspace: str | None
    chat: str
    former_chat: str | None  #: the chat's id before the platform gave it another
    chat_type: str
    thread: str | None
    person: str  #: as ``adapter:user``
    language: str | None
    kinds: tuple[str, ...]  #: of what was sent beside text
    text: str  #: for patterns
    start: str  #: the payload behind ``/start``, as it was written
    folded: str  #: for whole texts and beginnings, without upper case and outer white space


def facts_of(message: Inbound, platform: str) -> Facts:
    """The facts of a *message* that came by an adapter of that *platform*."""
    where = message.where
    return Facts(
        message,
        where.adapter,
        platform,
        where.workspace,
        where.chat,
        message.former_chat,
        message.chat_type,
        where.thread,
        person_of(message),
        message.author.language,
        tuple(attachment.kind for attachment in message.attachments),
        message.text[:PATTERN_TEXT],
        message.choices.start,
        message.text.strip().casefold(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What conditions need to know of the route and the config."""

    groups: Groups
    route: str  #: its name, by which the shares of two routes are drawn apart
    memory: Memory  #: of the route: all who share a memory are in a share together, or out of it


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a message."""

    holds: Callable[[Facts], bool]
    why: Callable[[Facts, bool], Reason]  #: why it holds, or why it does not


class Conditions:
    """All conditions of one ``when``: every one must hold."""

    def __init__(self, when: When, setting: Setting) -> None:
        self._all = tuple(_conditions(when, setting))
        self._holds = tuple(condition.holds for condition in self._all)

    def hold(self, facts: Facts) -> bool:
        """Whether every condition holds."""
        for holds in self._holds:  # noqa: SIM110 - a generator costs more than the conditions, and there may be thousands
            if not holds(facts):
                return False
        return True

    def why(self, facts: Facts) -> Reason:
        """What holds; what does not, where not everything does."""
        found = [(condition, condition.holds(facts)) for condition in self._all]
        against = [condition.why(facts, False) for condition, holds in found if not holds]
        reasons = against or [condition.why(facts, True) for condition, _ in found]
        return conjunction(reasons) if reasons else Reason("it has no conditions")


def _conditions(when: When, setting: Setting) -> Iterator[Condition]:
    for name in ("adapter", "platform", "workspace", "chat", "chat_type", "thread"):
        if (asked := getattr(when, name)) is not None:
            wanted = frozenset(map(str, asked))
            yield _one_of(name, asked, _chat_as(wanted) if name == "chat" else attrgetter(name), wanted)
    if when.language is not None:
        yield _language(when.language)
    yield from _text(when.text)
    if when.has is not None:
        yield _has(when.has)
    if when.people is not None:
        yield _one_of("from", when.people, attrgetter("person"), members(when.people, setting.groups))
    if when.share is not None:
        yield _share(when.share, setting)
    if when.start is not None:
        yield _start(when.start)
    if when.alternatives is not None:
        yield _any([Conditions(alternative, setting) for alternative in when.alternatives])
    if when.exception is not None:
        yield _not(Conditions(when.exception, setting))


def _one_of(name: str, asked: Iterable[str], actual: Callable[[Facts], Any], wanted: frozenset[str]) -> Condition:
    return Condition(
        lambda facts: actual(facts) in wanted, lambda facts, holds: _found(name, asked, actual(facts), holds=holds)
    )


def _chat_as(wanted: frozenset[str]) -> Callable[[Facts], str]:
    """What gives a chat's former id where that is *wanted*, else the one that it has now."""
    return lambda facts: facts.former_chat if facts.former_chat in wanted and facts.former_chat else facts.chat


def _found(name: str, asked: Iterable[str], actual: str | None, *, holds: bool) -> Reason:
    text = "there is no {name}" if actual is None else "{name} is {actual}"
    found = Reason(text, name=name, actual=actual or "")
    return found if holds else Reason("{found}, not one of {asked}", found=found, asked=_listed(asked))


def _language(asked: Iterable[str]) -> Condition:
    wanted = [_tag(one) for one in asked]

    def holds(facts: Facts) -> bool:
        spoken = _tag(facts.language or "")
        return any(spoken == want or spoken.startswith(f"{want}-") for want in wanted)

    return Condition(holds, lambda facts, held: _found("language", asked, facts.language, holds=held))


def _tag(language: str) -> str:
    return language.replace("_", "-").lower()


def _has(asked: Iterable[str]) -> Condition:
    wanted = frozenset(map(str, asked))
    return Condition(
        lambda facts: not wanted.isdisjoint(facts.kinds),
        lambda facts, holds: _found("has", asked, _listed(facts.kinds) or Reason("nothing"), holds=holds),
    )


def _text(asked: TextCondition | None) -> Iterator[Condition]:
    """The conditions on what was said."""
    if asked is None:
        return
    if asked.starts_with is not None:
        starts = tuple(start.casefold() for start in asked.starts_with)
        holds, holds_not = "text starts with {asked}", "text does not start with {asked}"
        yield _said(holds, holds_not, asked.starts_with, lambda facts: facts.folded.startswith(starts))
    if asked.equals is not None:
        wholes = {whole.strip().casefold() for whole in asked.equals}
        holds, holds_not = "text equals {asked}", "text does not equal {asked}"
        yield _said(holds, holds_not, asked.equals, lambda facts: facts.folded in wholes)
    if (patterns := asked.matches) is not None:
        shown = [pattern.pattern for pattern in patterns]
        holds, holds_not = "text matches {asked}", "text does not match {asked}"
        yield _said(holds, holds_not, shown, lambda facts: any(pattern.search(facts.text) for pattern in patterns))


def _said(does: str, does_not: str, asked: Iterable[str], holds: Callable[[Facts], bool]) -> Condition:
    listed = _listed(asked)
    return Condition(holds, lambda _, held: Reason(does if held else does_not, asked=listed))


def _share(part: float, setting: Setting) -> Condition:
    """The condition on a share of all conversations: each has a fixed number, drawn from its memory's key."""

    def drawn(facts: Facts) -> float:
        key = f"{setting.route}\n{scope(facts.message, setting.memory)}".encode(errors="replace")
        return int.from_bytes(blake2b(key, digest_size=8).digest()) / 2**64

    def why(facts: Facts, holds: bool) -> Reason:  # noqa: FBT001 - one of the two questions every condition answers
        text = "share: drew {drawn}, below {part}" if holds else "share: drew {drawn}, not below {part}"
        return Reason(text, drawn=f"{drawn(facts):.1%}", part=f"{part * 100:.4g}%")

    return Condition(lambda facts: drawn(facts) < part, why)


def _start(asked: Iterable[str]) -> Condition:
    """The condition on the payload of ``/start``, which no reason repeats: anybody can make a link with any payload."""
    wanted, listed = frozenset(asked), _listed(asked)
    return Condition(
        lambda facts: facts.start in wanted,
        lambda _, holds: Reason("start is one of {asked}" if holds else "start is not one of {asked}", asked=listed),
    )


def asks_for(when: When, name: str) -> bool:
    """Whether any condition in it is of that *name*."""
    inner = (*(when.alternatives or ()), *((when.exception,) if when.exception else ()))
    return getattr(when, name) is not None or any(asks_for(one, name) for one in inner)


def _any(alternatives: list[Conditions]) -> Condition:
    def why(facts: Facts, _: bool) -> Reason:  # noqa: FBT001 - one of the two questions every condition answers
        if hit := next((one for one in alternatives if one.hold(facts)), None):
            return Reason("any: {why}", why=hit.why(facts))
        return Reason("any: none holds ({why})", why=listing(one.why(facts) for one in alternatives))

    return Condition(lambda facts: any(one.hold(facts) for one in alternatives), why)


def _not(exception: Conditions) -> Condition:
    return Condition(
        lambda facts: not exception.hold(facts), lambda facts, _: Reason("not: {why}", why=exception.why(facts))
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
