"""Warns of people whose id cannot exist on their platform: a list that is meant to keep them out lets them in."""

from collections.abc import Iterable, Iterator

from bridge.config.complaint import KeyPath
from bridge.config.route_settings import When
from bridge.config.settings import Settings
from bridge.sdk.ports import DoubtsPeople

Named = tuple[KeyPath, str]


def unlikely_people(settings: Settings) -> Iterator[Named]:
    """A warning about each, at its place in the file."""
    for place, who in _named(settings):
        adapter, colon, person = who.partition(":")
        options = settings.adapters[adapter].options if colon else None
        if isinstance(options, DoubtsPeople) and (doubt := options.doubt_about(person)):
            yield place, f"nobody is called `{who}`: {doubt}"


def _named(settings: Settings) -> Iterator[Named]:
    for group, members in settings.people.items():
        yield from _each(("people", group), members)
    yield from _each(("access", "admins"), settings.access.admins)
    for where, rule in (("private", settings.access.private), ("groups", settings.access.groups)):
        yield from _each(("access", where, *(("not",) if rule.mode == "not" else ()), "people"), rule.people)
    for index, route in enumerate(settings.routes):
        yield from _in_condition(("routes", index, "when"), route.when)


def _in_condition(place: KeyPath, when: When) -> Iterator[Named]:
    yield from _each((*place, "from"), when.people or ())
    for index, other in enumerate(when.alternatives or ()):
        yield from _in_condition((*place, "any", index), other)
    if when.exception:
        yield from _in_condition((*place, "not"), when.exception)


def _each(place: KeyPath, names: Iterable[str]) -> Iterator[Named]:
    yield from (((*place, index), name) for index, name in enumerate(names))
