"""Warnings: what is allowed in a file, and probably not meant."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from pydantic import BaseModel

from bridge.config.complaint import KeyPath
from bridge.config.coverage import covers, may_match
from bridge.config.error_messages import fields, is_secret, models
from bridge.config.positions import Source
from bridge.config.route_settings import RouteSettings
from bridge.config.settings import Settings
from bridge.config.unlikely_people import unlikely_people
from bridge.sdk.model import ChatType

Warned = tuple[KeyPath, str]

SAMPLES: Final = frozenset(
    {
        *("7379462189365198898", "7366468917055000000", "7366468917055000001", "1120000000000", "AbCdEf"),
        *("C0HELP", "-1001234567890", "acme:U0ANN", "helpdesk:42"),
    }
)
"""The placeholder values of config.example.yaml; addresses there end in example.org."""

_SAMPLE_HOST: Final = re.compile(r"\bexample\.(org|com|net)\b")
WRITTEN_INLINE: Final = "a secret is written in the file"
"""How a warning of such a secret begins."""
_PASSWORD: Final = re.compile(r"://[^/@:]*:[^/@]+@")
_PAID: Final = re.compile(r"https://api\.coze\.(cn|com)$")
"""The clouds, where answers cost money; a Coze Studio of one's own is no such place."""


def warnings(settings: Settings, source: Source) -> Iterator[Warned]:
    """All warnings, in no order."""
    yield from _never_reached(settings.routes)
    yield from _platforms_nobody_hears(settings)
    yield from _never_answered(settings)
    yield from _open_to_all(settings)
    yield from _inline_secrets(settings, source)
    yield from unlikely_people(settings)
    yield from _samples((), source.data, source)


def _never_reached(routes: tuple[RouteSettings, ...]) -> Iterator[Warned]:
    for index, route in enumerate(routes):
        if (other := next((one for one in routes[:index] if covers(one.when, route.when)), None)) is None:
            continue
        all_of_it = other.when.always
        why = "takes everything; move it to the end" if all_of_it else "takes all of it; put the narrower one first"
        yield ("routes", index), f"never reached: `{other.name}` before it {why}"


def _platforms_nobody_hears(settings: Settings) -> Iterator[Warned]:
    """Each route for platforms of which there is no adapter, or not yet."""
    heard = {section.kind for section in settings.adapters.values()}
    for index, route in enumerate(settings.routes):
        if route.when.platform and heard.isdisjoint(route.when.platform):
            yield ("routes", index), f"never reached: no adapter is of the kind {' or '.join(route.when.platform)}"


def _never_answered(settings: Settings) -> Iterator[Warned]:
    """Adapters in whose chats no route answers, where no route discards their messages on purpose."""
    for name, section in settings.adapters.items():
        silent = [
            str(kind)
            for kind in (ChatType.PRIVATE, ChatType.GROUP)
            if not any(
                may_match(route.when, adapter=name, kind=section.kind, chat_type=kind) for route in settings.routes
            )
        ]
        if silent:
            where = "" if len(silent) > 1 else f"in {silent[0]} chats "
            yield (
                ("adapters", name),
                f"nobody answers {where}there: no route takes its messages; add one, or one with `discard: true`",
            )


def _open_to_all(settings: Settings) -> Iterator[Warned]:
    if settings.access.private.mode not in ("everyone", "not") or _limited(settings.defaults):
        return
    paid = {name for name, bot in settings.bots.items() if _PAID.match(settings.coze[bot.coze].base_url)}
    open_routes = (route for route in settings.routes if not _limited(route))
    free = [bot for route in open_routes for bot in route.candidates if bot in paid]
    if free:
        says = f"everyone may talk to `{free[0]}`, which costs, and nothing limits them"
        yield ("access", "private"), f"{says}; set access.private to pairing, or defaults.limits"


def _limited(rules: Any) -> bool:
    return rules.limits.messages is not None or rules.limits.tokens is not None


def _inline_secrets(settings: Settings, source: Source) -> Iterator[Warned]:
    found: Iterator[tuple[KeyPath, str]] = _secrets(settings, source.data, ())
    for name, section in settings.adapters.items():
        inner = source.data["adapters"][name]
        found = chain(found, _secrets(section.options, inner, ("adapters", name)))
    for place, value in found:
        if place in source.written or (place == ("database",) and not _PASSWORD.search(value)):
            continue
        name = _variable(place)
        says = WRITTEN_INLINE + (", for a `$` without braces names nothing" if value[0] == "$" else "")
        yield place, f"{says}; write ${{{name}}} here, and {name}=… into .env"


def _variable(place: KeyPath) -> str:
    """A name in the environment for the secret at *place*: of its last two keys, or of all where that would be none."""
    short, whole = (
        re.sub(r"[^A-Z0-9]+", "_", "_".join(map(str, keys)).upper()).strip("_") for keys in (place[-2:], place)
    )
    return whole if short[:1].isdigit() else short


def _secrets(model: BaseModel | type[BaseModel], raw: Any, place: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Each secret that *raw*, a section of that *model*, holds as plain text."""
    kind = model if isinstance(model, type) else type(model)
    for key, field in fields(kind).items():
        value = raw.get(key) if isinstance(raw, dict) else None
        if isinstance(value, str) and value and is_secret(field.annotation):
            yield (*place, key), value
        for inner in models(field.annotation):
            yield from _inside(inner, value, (*place, key))


def _inside(model: type[BaseModel], value: Any, place: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """As `_secrets`, for a section, or for each in a section of names."""
    if not isinstance(value, dict):
        return
    if value.keys() <= fields(model).keys():
        yield from _secrets(model, value, place)
        return
    for name, inner in value.items():
        yield from _secrets(model, inner, (*place, name))


def _samples(place: KeyPath, value: Any, source: Source) -> Iterator[Warned]:
    """Each value that was copied out of the example and never changed."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _samples((*place, key), inner, source)
        case list():
            for index, inner in enumerate(value):
                yield from _samples((*place, index), inner, source)
        case str() if place not in source.written and (value in SAMPLES or _SAMPLE_HOST.search(value)):
            yield place, f"`{value}` is the sample of config.example.yaml; put your own here"
