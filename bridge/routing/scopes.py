"""
Scopes: the key of a memory, and of the queue in which the messages of all who share it wait.

```
person/ADAPTER/WORKSPACE/CHAT/PERSON    chat/ADAPTER/WORKSPACE/CHAT    thread/ADAPTER/WORKSPACE/CHAT/THREAD
```
"""

from typing import Final, assert_never

from bridge.config.route_settings import Memory
from bridge.sdk.model import Inbound, Place

_BEGINNINGS: Final = tuple(f"{memory}/" for memory in Memory)


def scope(message: Inbound, memory: Memory) -> str:
    """The key of that kind of *memory* where the *message* was said."""
    where, person = _at_home(message)
    match memory:
        case Memory.AUTO:
            return scope(message, Memory.PERSON if where.thread is None else Memory.THREAD)
        case Memory.PERSON:
            return _key(memory, where, person)
        case Memory.THREAD:
            return _key(memory, where, where.thread)
        case Memory.CHAT:
            return _key(memory, where)
        case _:
            assert_never(memory)


def is_scope(name: str) -> bool:
    """Whether *name* is a scope rather than a person, ``adapter:user``."""
    return name.startswith(_BEGINNINGS)


def scopes_of(message: Inbound) -> tuple[str, ...]:
    """Every scope in which the *message* may have been asked, whichever kind of memory its route had then."""
    where, _ = _at_home(message)
    shared, _ = scopes_at(where)
    return scope(message, Memory.PERSON), *shared


def scopes_of_author(message: Inbound) -> tuple[str, str]:
    """The scope of the author alone where the *message* was said, and the prefix of the scopes of threads there."""
    where = message.where
    return _key(Memory.PERSON, where, message.author.id), f"{_key(Memory.THREAD, where)}/"


def scopes_at(where: Place) -> tuple[tuple[str, ...], str]:
    """The scopes of messages at that place: the shared ones, and the prefix of those of single people there."""
    shared = [_key(Memory.CHAT, where)]
    if where.thread is not None:
        shared.insert(0, _key(Memory.THREAD, where, where.thread))
    return tuple(shared), f"{_key(Memory.PERSON, where)}/"


def scopes_within(where: Place) -> tuple[str, tuple[str, ...]]:
    """The scopes of one chat with all its threads: the one that everybody shares, and the prefixes of all others."""
    return _key(Memory.CHAT, where), tuple(f"{_key(memory, where)}/" for memory in (Memory.PERSON, Memory.THREAD))


def _at_home(message: Inbound) -> tuple[Place, str]:
    """The place and the author whose memory it is: where its author is linked, those of their home."""
    home, where = message.home, message.where
    if home is None:
        return where, message.author.id
    return Place(adapter=home.adapter, workspace=home.workspace, chat=home.chat, thread=where.thread), home.person


def _key(memory: Memory, where: Place, *more: str | None) -> str:
    return "/".join(map(_escaped, (memory, where.adapter, where.workspace, where.chat, *more)))


def _escaped(part: str | None) -> str:
    """The *part* without separators; an empty one becomes a lone %, so that it differs from None."""
    if part is None:
        return ""
    return part.replace("%", "%25").replace("/", "%2F") or "%"
