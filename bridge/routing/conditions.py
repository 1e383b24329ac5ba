"""
Whether the conditions of a route hold for a message, in words.

Rule: a reason never repeats what a person wrote, for reasons are logged.
"""

from collections.abc import Iterable, Iterator

from bridge.config.settings import TextCondition, When
from bridge.routing.access import Groups, is_one_of
from bridge.sdk.model import Inbound

_Finding = tuple[bool, str]


def matches(when: When, inbound: Inbound, platform: str, groups: Groups) -> _Finding:
    """Whether every condition holds; then what holds, else what does not."""
    findings = list(_findings(when, inbound, platform, groups))
    against = [why for holds, why in findings if not holds]
    why = ", ".join(against or [why for _, why in findings])
    return not against, why or "it has no conditions"


def _findings(when: When, inbound: Inbound, platform: str, groups: Groups) -> Iterator[_Finding]:
    """Each condition: whether it holds, and what there is."""
    yield from _plain(when, inbound, platform)
    if when.people is not None:
        person = f"{inbound.where.adapter}:{inbound.author.id}"
        yield _one_of("from", when.people, person, holds=is_one_of(inbound, when.people, groups))
    if when.alternatives is not None:
        inner = [matches(alternative, inbound, platform, groups) for alternative in when.alternatives]
        hit = next((why for holds, why in inner if holds), None)
        yield (True, f"any: {hit}") if hit else (False, f"any: none holds ({'; '.join(why for _, why in inner)})")
    if when.exception is not None:
        held, why = matches(when.exception, inbound, platform, groups)
        yield not held, f"not: {why}"


def _plain(when: When, inbound: Inbound, platform: str) -> Iterator[_Finding]:
    """The conditions that compare a value with a list."""
    where = inbound.where
    for name, asked, actual in (
        ("adapter", when.adapter, where.adapter),
        ("platform", when.platform, platform),
        ("workspace", when.workspace, where.workspace),
        ("chat", when.chat, where.chat),
        ("chat_type", when.chat_type, inbound.chat_type),
        ("thread", when.thread, where.thread),
    ):
        if asked is not None:
            yield _one_of(name, asked, actual, holds=actual in asked)
    if when.language is not None:
        spoken = inbound.author.language
        yield _one_of("language", when.language, spoken, holds=any(_covers(asked, spoken) for asked in when.language))
    if when.text is not None:
        yield from _text(when.text, inbound.text)
    if when.has is not None:
        sent = [attachment.kind for attachment in inbound.attachments]
        yield _one_of("has", when.has, _listed(sent) or "nothing", holds=any(kind in when.has for kind in sent))


def _one_of(name: str, asked: Iterable[str], actual: str | None, *, holds: bool) -> _Finding:
    found = f"{name} is {actual}" if actual is not None else f"there is no {name}"
    return holds, found if holds else f"{found}, not one of {_listed(asked)}"


def _text(asked: TextCondition, said: str) -> Iterator[_Finding]:
    """The conditions on what was said; reasons do not repeat it, for they are logged."""
    plain = said.strip().casefold()
    if asked.starts_with is not None:
        holds = any(plain.startswith(start.casefold()) for start in asked.starts_with)
        yield _said("start with", asked.starts_with, holds=holds)
    if asked.equals is not None:
        wholes = {whole.strip().casefold() for whole in asked.equals}
        yield _said("equal", asked.equals, holds=plain in wholes)
    if asked.matches is not None:
        patterns = [pattern.pattern for pattern in asked.matches]
        yield _said("match", patterns, holds=any(pattern.search(said) for pattern in asked.matches))


def _said(does: str, asked: Iterable[str], *, holds: bool) -> _Finding:
    return holds, f"text does {does} {_listed(asked)}" if holds else f"text does not {does} {_listed(asked)}"


def _covers(asked: str, spoken: str | None) -> bool:
    want, have = asked.replace("_", "-").lower(), (spoken or "").replace("_", "-").lower()
    return have == want or have.startswith(f"{want}-")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
