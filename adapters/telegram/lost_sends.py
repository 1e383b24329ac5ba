"""
Where a message stands whose sending was never confirmed: ids count up, so only a few can be its.

Telegram has no idempotency key, and a bot cannot read what stands in a chat. But all messages of one bot's private chats and
basic groups are numbered together, those of a supergroup by themselves; and an edit that changes nothing is refused in other
words (``message is not modified``) than one of a message that is not there (``message to edit not found``). Neither is documented
(docs/reliability.md says what rests on it). So: of the ids above the last one that was known before the send, those that nobody is
known to have are looked at, in order, a few of them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LOOKED_AT_ONCE: Final = 4
"""Ids that are looked at by who has sent the message and hears of all others; each look is an edit, and counts as one."""
LOOKED_AT_LATER: Final = 3
"""Ids that are looked at by another process; a private chat's budget lets so many go at once, and somebody waits (`PRIVATE`)."""
LOOKED_AT_MOST: Final = 10
"""Ids that are looked at where more may be its: those below the newest known, for they are somebody's, such as others' that got
lost; by another process also others, as long as the chat's budget spares them."""
KNOWN_MOST: Final = 2_000
"""Ids remembered of one counter: what is newer than any message that is looked for."""
KNOWN_MOST_IN_ALL: Final = 200_000
"""Ids remembered of all counters together, some 20 MB; of more go those of the supergroups that were heard of longest ago."""

_SUPERGROUP: Final = (
    "-100"  # https://core.telegram.org/bots/api#chat leaves it undocumented; the ids are those of TDLib
)
_OWN: Final = "bot"


@dataclass(slots=True)
class _Counter:
    """The ids of one count that are known to be somebody's."""

    last: int = 0
    taken: dict[int, None] = field(default_factory=dict)  #: the one learnt last at the end

    def record(self, message: int) -> int:
        """Learn an id; gives how many more are known now."""
        before = len(self.taken)
        self.last = max(self.last, message)
        self.taken[message] = None
        if len(self.taken) > KNOWN_MOST:
            del self.taken[next(iter(self.taken))]
        return len(self.taken) - before


@dataclass(slots=True)
class MessageIds:
    """The messages that one bot knows of, of its own and of others, in all its chats."""

    _counters: dict[str, _Counter] = field(default_factory=dict)  #: the one heard of last at the end
    _known: int = 0  #: ids of all of them

    def record(self, chat: str, message: int) -> None:
        """Remember that *message* is the id of one that stands in *chat*."""
        key = _counter_of(chat)
        counter = self._counters.pop(key, None) or _Counter()
        self._counters[key] = counter
        self._known += counter.record(message)
        while self._known > KNOWN_MOST_IN_ALL:
            self._known -= len(self._counters.pop(next(iter(self._counters))).taken)

    def record_heard(self, update: Any) -> None:
        """The message that *update* tells of, if it tells of one, is known."""
        match update:
            case {"message": {"chat": {"id": int(chat)}, "message_id": int(message)}}:
                self.record(str(chat), message)

    def last(self, chat: str) -> int:
        """The newest known id among those that are counted with *chat*'s; 0 if none is known."""
        counter = self._counters.get(_counter_of(chat))
        return counter.last if counter else 0

    def candidates(self, chat: str, after: int, at_least: int, others: Collection[int] = ()) -> Iterator[int]:
        """
        The ids that a message in *chat* can have which was sent when *after* was the last one; *others* are known, too.

        *at_least* so many, and up to `LOOKED_AT_MOST` of those below the newest known.
        """
        counter = self._counters.get(_counter_of(chat)) or _Counter()
        given, message = 0, after
        while given < at_least or (message + 1 < counter.last and given < LOOKED_AT_MOST):
            message += 1
            if message not in counter.taken and message not in others:
                yield message
                given += 1


def known_ids(known: Mapping[str, Collection[str]], chat: str) -> set[int]:
    """The ids among the *known* messages, by chat, that are counted with those of *chat*."""
    counter = _counter_of(chat)
    return {int(ref) for other, refs in known.items() if _counter_of(other) == counter for ref in refs}


def _counter_of(chat: str) -> str:
    return chat if chat.startswith(_SUPERGROUP) else _OWN
