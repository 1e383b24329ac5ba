"""
What could arrive instead of what should: a field missing, null, of a wrong type, huge, nested, with half a character.

Everything is drawn from a `random.Random`: hypothesis lends one whose draws it can shrink, a soak brings one with a seed.
"""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

Path = tuple[str | int, ...]

NESTED: Final = 60
"""Levels of a nested value: more than anybody means, less than where Python's own JSON gives up."""
HUGE: Final = 20_000
"""Characters of a long text; above each limit of a platform for a message."""
LARGEST: Final = 300_000
"""Characters of JSON up to which a value is repeated; what is repeated again and again would fill any memory."""

JUNK: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    2**63,
    2**200,
    1e308,
    0.5,
    "",
    " ",
    "7",
    "-1",
    "9" * 400,
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfffb",
    "\u202egnp.exe",
    "\u200b",
    "\r\nX-Header: 1",
    "../../etc/passwd",
    "<!channel> <@U1> @everyone",
    "{{x}} {y} %s %(z)s",
    "x" * HUGE,
    "吃" * HUGE,
    [],
    {},
    [None],
    [[]],
    {"id": None},
    {"": ""},
)


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place within *value*, itself first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from paths(below, (*path, key))


def mutated(random: Random, value: Any) -> Any:
    """*value* with one to three places of it made wrong; may be anything at all, but JSON."""
    value = copy.deepcopy(value)
    for _ in range(random.randint(1, 3)):
        value = _changed(random, value, random.choice(list(paths(value))))
    return value


def _changed(random: Random, value: Any, path: Path) -> Any:
    """*value* with what stands at *path* lost or replaced."""
    if not path:
        return _instead(random, value)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if random.randint(0, 3) == 0:
        del holder[path[-1]]
    else:
        holder[path[-1]] = _instead(random, holder[path[-1]])
    return value


def _instead(random: Random, value: Any) -> Any:
    match random.randint(0, 5):
        case 0:
            return _nested(value)
        case 1:
            most = max(2, min(300, LARGEST // len(json.dumps(value))))
            return [copy.deepcopy(value) for _ in range(random.choice((2, most)))]
        case 2 if isinstance(value, str):
            at = random.randint(0, len(value))
            return value[:at] + random.choice(("\ud83d", "\x00", "\u202e", "<", "&", "\n")) + value[at:]
        case 3 if isinstance(value, int):
            return random.choice((-value, value + 1, str(value), float(value) if abs(value) < HUGE else 0.5))
        case _:
            return copy.deepcopy(random.choice(JUNK))


def _nested(value: Any) -> Any:
    for _ in range(NESTED):
        value = [value] if isinstance(value, dict) else {"x": value}
    return value
