"""What is wrong between the parts of a file: names nobody has, routes nobody reaches."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.config.complaint import Place, nearest
from bridge.config.settings import (
    EVERYBODY_ELSE,
    AccessSettings,
    AdapterSettings,
    BotSettings,
    CozeSettings,
    DefaultSettings,
    HttpSettings,
    RouteSettings,
    TestSettings,
    When,
)

Finding = tuple[Place, str]

_VARIABLE = re.compile(r"[A-Za-z_]+")
_META_MOST = 15  # Coze keeps sixteen, and one is ours
_META_NAME = 64
_META_OURS = "bridge_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file's parts; None stands for one that is broken in itself and has been complained about."""

    http: HttpSettings | None
    coze: Mapping[str, CozeSettings | None]
    adapters: Mapping[str, AdapterSettings | None]
    bots: Mapping[str, BotSettings | None]
    people: Mapping[str, tuple[str, ...]]
    access: AccessSettings
    defaults: DefaultSettings
    routes: Sequence[RouteSettings | None]
    tests: Sequence[TestSettings | None]


def lint(draft: Draft) -> Iterator[Finding]:
    """Every complaint about how the parts fit together."""
    for name, bot in draft.bots.items():
        if bot:
            yield from _unknown(("bots", name, "coze"), "coze", [bot.coze], draft.coze)
    yield from _webhooks(draft)
    for group, members in draft.people.items():
        if ":" in group:
            yield ("people", group), "expected a group's name without `:`"
        for index, member in enumerate(members):
            yield from _person(("people", group, index), member, draft)
    yield from _access(draft)
    if any(bot and bot.agent for bot in draft.bots.values()):
        yield from _variables(("defaults", "variables"), draft.defaults.variables)
    yield from _meta_data(("defaults", "meta_data"), {}, draft.defaults.meta_data)
    yield from _routes(draft)
    yield from _tests(draft)


def _unknown(place: Place, what: str, names: Iterable[str], known: Mapping[str, object]) -> Iterator[Finding]:
    """Complaints about *names* that are not *known*; none where the whole section is missing."""
    for index, name in enumerate(names):
        if known and name not in known:
            yield (*place, index), f"unknown {what} `{name}`{nearest(name, known)}"


def _person(place: Place, who: str, draft: Draft) -> Iterator[Finding]:
    """Complaints about an ``adapter:user`` or a group's name."""
    adapter, colon, _ = who.partition(":")
    if colon and draft.adapters and adapter not in draft.adapters:
        yield place, f"unknown adapter `{adapter}` in `{who}`{nearest(adapter, draft.adapters)}"
    if not colon and who not in draft.people:
        hint = nearest(who, draft.people) or "; write adapter:user, or name a group under people"
        yield place, f"unknown group of people `{who}`{hint}"


def _webhooks(draft: Draft) -> Iterator[Finding]:
    for name, adapter in draft.adapters.items():
        if not (adapter and draft.http) or getattr(adapter.options, "receive", None) != "webhook":
            continue
        if not draft.http.public_url:
            yield ("adapters", name, "receive"), "webhook needs http.public_url: the https address the platform calls"
        if not draft.http.listen:
            yield ("adapters", name, "receive"), "webhook needs http.listen; it is null"


def _access(draft: Draft) -> Iterator[Finding]:
    for where, rule in (("private", draft.access.private), ("groups", draft.access.groups)):
        for index, who in enumerate(rule.people):
            yield from _person(("access", where, "people", index), who, draft)


def _routes(draft: Draft) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, route in enumerate(draft.routes):
        if not route:
            continue
        if route.name in first:
            yield (
                ("routes", index, "name"),
                f"`{route.name}` names two routes (the other is number {first[route.name] + 1})",
            )
        first.setdefault(route.name, index)
        if route.bot:
            yield from _unknown(("routes", index, "bot"), "bot", [route.bot], draft.bots)
            if (bot := draft.bots.get(route.bot)) and bot.agent:
                yield from _variables(("routes", index, "variables"), route.variables)
        yield from _meta_data(("routes", index, "meta_data"), draft.defaults.meta_data, route.meta_data)
        yield from _when(("routes", index, "when"), route.when, draft)


def _variables(place: Place, variables: Iterable[str]) -> Iterator[Finding]:
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            yield (*place, name), f"expected Latin letters and `_` in a variable of an agent's prompt, got `{name}`"


def _meta_data(place: Place, inherited: Iterable[str], names: Collection[str]) -> Iterator[Finding]:
    for name in names:
        if len(name) > _META_NAME:
            yield (*place, name), f"expected at most {_META_NAME} characters in a name of meta_data, got {len(name)}"
        if name == _META_OURS:
            yield (*place, name), f"`{name}` is the bridge's own; take another name"
    if names and (number := len({*inherited, *names})) > _META_MOST:
        yield place, f"expected at most {_META_MOST} names in meta_data, got {number}"


def _when(place: Place, when: When, draft: Draft) -> Iterator[Finding]:
    platforms = {adapter.kind: adapter for adapter in draft.adapters.values() if adapter}
    whole = None not in draft.adapters.values()
    yield from _unknown((*place, "adapter"), "adapter", when.adapter or (), draft.adapters)
    yield from _unknown((*place, "platform"), "platform", when.platform or (), platforms if whole else {})
    for index, who in enumerate(when.people or ()):
        yield from _person((*place, "from", index), who, draft)
    for index, other in enumerate(when.alternatives or ()):
        yield from _when((*place, "any", index), other, draft)
    if when.exception:
        yield from _when((*place, "not"), when.exception, draft)


def _tests(draft: Draft) -> Iterator[Finding]:
    routes = {route.name: route for route in draft.routes if route}
    known: dict[str, object] = {**routes, EVERYBODY_ELSE: None}
    whole = None not in draft.routes and draft.routes
    for index, test in enumerate(draft.tests):
        if not test:
            continue
        yield from _unknown(("tests", index, "adapter"), "adapter", [test.adapter], draft.adapters)
        yield from _unknown(("tests", index, "expect"), "route", [test.expect], known if whole else {})
        if ":" in test.person:
            yield from _person(("tests", index, "from"), test.person, draft)
