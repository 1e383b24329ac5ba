"""Complaints about how the sections of a file fit together, such as unknown names."""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.config.access_settings import AccessSettings
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.complaint import KeyPath, nearest
from bridge.config.route_settings import DefaultSettings, RouteSettings, When
from bridge.config.settings import EVERYBODY_ELSE, AdapterSettings, HttpSettings, PrivacySettings, TestSettings
from bridge.sdk.ports import NamesAccounts

LocatedSentence = tuple[KeyPath, str]
"""A complaint: where in the file, and what."""

_VARIABLE = re.compile(r"[A-Za-z_]+")
_META_MOST = 15  # Coze keeps sixteen, and one is ours
_META_NAME = 64
_META_OURS = "bridge_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSections:
    """A file's sections; None for one that is wrong in itself, of which other complaints tell."""

    kinds: Mapping[str, object]  #: of adapters, by name: all that are installed
    http: HttpSettings | None
    privacy: PrivacySettings | None
    coze: Mapping[str, CozeSettings | None]
    adapters: Mapping[str, AdapterSettings | None]
    bots: Mapping[str, BotSettings | None]
    people: Mapping[str, tuple[str, ...]]
    access: AccessSettings
    defaults: DefaultSettings
    routes: Sequence[RouteSettings | None]
    tests: Sequence[TestSettings | None]


def lint(sections: ParsedSections) -> Iterator[LocatedSentence]:
    """Every complaint about how the parts fit together."""
    for name, bot in sections.bots.items():
        if bot:
            yield from _unknown(("bots", name, "coze"), "coze", [bot.coze], sections.coze)
    yield from _accounts(sections)
    yield from _webhooks(sections)
    yield from _installs(sections)
    for group, members in sections.people.items():
        if ":" in group:
            yield ("people", group), "expected a group's name without `:`"
        for index, member in enumerate(members):
            yield from _person(("people", group, index), member, sections)
    yield from _access(sections)
    if any(bot and bot.agent for bot in sections.bots.values()):
        yield from _variables(("defaults", "variables"), sections.defaults.variables)
    yield from _meta_data(("defaults", "meta_data"), {}, sections.defaults.meta_data)
    yield from _routes(sections)
    yield from _tests(sections)


def _unknown(
    key_path: KeyPath, what: str, names: Iterable[str], known: Mapping[str, object]
) -> Iterator[LocatedSentence]:
    """A complaint about each of *names* that is not *known*; none where the whole section is missing."""
    for index, name in enumerate(names):
        if known and name not in known:
            yield (*key_path, index), f"unknown {what} `{name}`{nearest(name, known)}"


def _person(key_path: KeyPath, who: str, sections: ParsedSections) -> Iterator[LocatedSentence]:
    """A complaint about an unknown ``adapter:user`` or group."""
    adapter, colon, _ = who.partition(":")
    if colon and sections.adapters and adapter not in sections.adapters:
        yield key_path, f"unknown adapter `{adapter}` in `{who}`{nearest(adapter, sections.adapters)}"
    if not colon and who not in sections.people:
        hint = nearest(who, sections.people) or "; write adapter:user, or name a group under people"
        yield key_path, f"unknown group of people `{who}`{hint}"


def _accounts(sections: ParsedSections) -> Iterator[LocatedSentence]:
    """Complaints about adapters for the same account: the platform would give every message to one of them, at random."""
    holders: dict[tuple[str, str, Hashable], list[str]] = {}
    for name, adapter in sections.adapters.items():
        if adapter and isinstance(adapter.options, NamesAccounts):
            for key, account in adapter.options.accounts.items():
                holders.setdefault((adapter.kind, key, account), []).append(name)
    for (_, key, _), names in holders.items():
        for name in names if len(names) > 1 else ():
            others = " and ".join(f"adapters.{other}.{key}" for other in names if other != name)
            yield ("adapters", name, key), f"the same as {others}, and only one adapter can hear for it; keep one"


def _webhooks(sections: ParsedSections) -> Iterator[LocatedSentence]:
    """Complaints about adapters that receive by HTTP, where no server listens or no public address is set."""
    for name, adapter in sections.adapters.items():
        if not (adapter and sections.http):
            continue
        by_webhook = getattr(adapter.options, "receive", None) == "webhook"
        if by_webhook and not sections.http.public_url:
            yield ("adapters", name, "receive"), "webhook needs http.public_url: the https address the platform calls"
        if by_webhook and not sections.http.listen:
            yield ("adapters", name, "receive"), "webhook needs http.listen; it is null"
        if getattr(adapter.options, "signing_secret", None) and not sections.http.listen:
            yield ("adapters", name, "signing_secret"), "events by HTTP need http.listen; it is null"


def _installs(sections: ParsedSections) -> Iterator[LocatedSentence]:
    """Complaints about installable apps, whose browsers come back to a page of ours, with tokens that must be encrypted."""
    for name, adapter in sections.adapters.items():
        if not adapter or getattr(adapter.options, "install", None) is None:
            continue
        where = ("adapters", name, "install")
        if sections.privacy and not sections.privacy.keys:
            yield where, "needs privacy.encryption_key: tokens are kept in the database; `coze-bridge keygen` makes one"
        if sections.http and not sections.http.public_url:
            yield where, "needs http.public_url: the https address that browsers come back to"
        if sections.http and not sections.http.listen:
            yield where, "needs http.listen; it is null"


def _access(sections: ParsedSections) -> Iterator[LocatedSentence]:
    for index, who in enumerate(sections.access.admins):
        yield from _person(("access", "admins", index), who, sections)
    for where, rule in (("private", sections.access.private), ("groups", sections.access.groups)):
        inside = ("not", "people") if rule.mode == "not" else ("people",)
        for index, who in enumerate(rule.people):
            yield from _person(("access", where, *inside, index), who, sections)


def _routes(sections: ParsedSections) -> Iterator[LocatedSentence]:
    first: dict[str, int] = {}
    for index, route in enumerate(sections.routes):
        if not route:
            continue
        if route.name in first:
            yield (
                ("routes", index, "name"),
                f"`{route.name}` names two routes (the other is number {first[route.name] + 1})",
            )
        if route.name == EVERYBODY_ELSE:
            yield (
                ("routes", index, "name"),
                f"`{EVERYBODY_ELSE}` is what tests expect where no route answers; choose another",
            )
        first.setdefault(route.name, index)
        key = "bot" if route.bot else "bots"
        yield from _unknown(("routes", index, key), "bot", route.candidates, sections.bots)
        if any((bot := sections.bots.get(name)) and bot.agent for name in route.candidates):
            yield from _variables(("routes", index, "variables"), route.variables)
        if route.fallback:
            yield from _unknown(("routes", index, "fallback"), "bot", [route.fallback], sections.bots)
        yield from _meta_data(("routes", index, "meta_data"), sections.defaults.meta_data, route.meta_data)
        yield from _when(("routes", index, "when"), route.when, sections)


def _variables(key_path: KeyPath, variables: Iterable[str]) -> Iterator[LocatedSentence]:
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            yield (*key_path, name), f"expected Latin letters and `_` in a variable of an agent's prompt, got `{name}`"


def _meta_data(key_path: KeyPath, inherited: Iterable[str], names: Collection[str]) -> Iterator[LocatedSentence]:
    for name in names:
        if len(name) > _META_NAME:
            yield (*key_path, name), f"expected at most {_META_NAME} characters in a name of meta_data, got {len(name)}"
        if name == _META_OURS:
            yield (*key_path, name), f"`{name}` is the bridge's own; take another name"
    if names and (number := len({*inherited, *names})) > _META_MOST:
        yield key_path, f"expected at most {_META_MOST} names in meta_data, got {number}"


def _when(key_path: KeyPath, when: When, sections: ParsedSections) -> Iterator[LocatedSentence]:
    yield from _unknown((*key_path, "adapter"), "adapter", when.adapter or (), sections.adapters)
    yield from _unknown((*key_path, "platform"), "platform", when.platform or (), sections.kinds)
    for index, who in enumerate(when.people or ()):
        yield from _person((*key_path, "from", index), who, sections)
    for index, other in enumerate(when.alternatives or ()):
        yield from _when((*key_path, "any", index), other, sections)
    if when.exception:
        yield from _when((*key_path, "not"), when.exception, sections)


def _tests(sections: ParsedSections) -> Iterator[LocatedSentence]:
    routes = {route.name: route for route in sections.routes if route}
    known: dict[str, object] = {**routes, EVERYBODY_ELSE: None}
    whole = None not in sections.routes and sections.routes
    for index, test in enumerate(sections.tests):
        if not test:
            continue
        yield from _unknown(("tests", index, "adapter"), "adapter", [test.adapter], sections.adapters)
        yield from _unknown(("tests", index, "expect"), "route", [test.expect], known if whole else {})
        if ":" in test.person:
            yield from _person(("tests", index, "from"), test.person, sections)
            there = test.person.partition(":")[0]
            if there != test.adapter and there in sections.adapters:
                says = f"`{test.person}` is somebody on {there}, and the test is on {test.adapter}"
                yield ("tests", index, "from"), f"{says}; name one of its own people, or a group"
