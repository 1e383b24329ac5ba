"""Who shares a memory, and the queue in which their messages wait: a key that no other such company has."""

from typing import Final, assert_never

from bridge.config.route_settings import Memory
from bridge.sdk.model import Inbound, Place

_BEGINNINGS: Final = tuple(f"{memory}/" for memory in Memory)


def scope(message: Inbound, memory: Memory) -> str:
    """The key of all who share that kind of *memory* where the *message* was said."""
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
    """Whether that is the name of a scope, and not of a person, ``adapter:user``."""
    return name.startswith(_BEGINNINGS)


def scopes_of(message: Inbound) -> tuple[str, ...]:
    """Every scope in which the *message* may have been asked, whatever memory its route had then."""
    where, _ = _at_home(message)
    shared, _ = scopes_at(where)
    return scope(message, Memory.PERSON), *shared


def scopes_of_author(message: Inbound) -> tuple[str, str]:
    """The scope of the *message*'s author alone where it was said, and how the scopes of the threads there begin."""
    where = message.where
    return _key(Memory.PERSON, where, message.author.id), f"{_key(Memory.THREAD, where)}/"


def scopes_at(where: Place) -> tuple[tuple[str, ...], str]:
    """Every scope of the messages at that place: those that it shares, and how the scopes of single people there begin."""
    shared = [_key(Memory.CHAT, where)]
    if where.thread is not None:
        shared.insert(0, _key(Memory.THREAD, where, where.thread))
    return tuple(shared), f"{_key(Memory.PERSON, where)}/"


def scopes_within(where: Place) -> tuple[str, tuple[str, ...]]:
    """Every scope of one chat, whatever its thread: that of all who are there, and how all others begin."""
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
    """The *part* without separators; None and empty stay apart, as a lone % comes of nothing else."""
    if part is None:
        return ""
    return part.replace("%", "%25").replace("/", "%2F") or "%"
