"""
Finds a message whose sending was never confirmed, by trying the few ids that it can have.

Telegram has no idempotency key, and a bot cannot read a chat. But ids count up: through all private chats and basic groups
of one bot together, and through each supergroup by itself. And an edit that changes nothing is refused with another error
(``message is not modified``) than an edit of a message that is missing (``message to edit not found``). Neither is documented;
docs/reliability.md says what depends on it. So a few ids above the last one known before the send are tried, in order,
leaving out those that are known to belong to other messages.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

LOOKED_AT_ONCE: Final = 4
"""Ids tried by the process that sent the message, which sees all others; each try is an edit, and counts as one."""
LOOKED_AT_LATER: Final = 3
"""Ids tried by another process: as many as a private chat's budget (`PRIVATE`) allows at once, for somebody is waiting."""
LOOKED_AT_MOST: Final = 10
"""Ids tried by another process while the chat's budget is not short."""
LOOKED_AT_BELOW: Final = 30
"""Ids tried at most by either, as long as they are below the newest known id or no more than are searched for: each is a
message, and one death may cut off as many as chats are answered at once. Those that are found meanwhile are skipped."""
KNOWN_MOST: Final = 2_000
"""Ids remembered of one counter; any message that is searched for is newer than these."""
KNOWN_MOST_IN_ALL: Final = 200_000
"""Ids remembered of all counters together, some 20 MB; beyond that the counters unused for longest are dropped."""

NO_MESSAGE: Final = (1 << 31) - 1
"""The id of a message that no chat has reached."""

_SUPERGROUP: Final = "-100"
"""How the ids of supergroups begin: undocumented at https://core.telegram.org/bots/api#chat, but so in TDLib."""
_OWN: Final = "bot"


@dataclass(slots=True)
class _Counter:
    """One sequence of message ids, and which of them are known to be taken."""

    last: int = 0
    taken: dict[int, None] = field(default_factory=dict)  #: the one learnt last at the end

    def record(self, message: int) -> int:
        """Note that an id is taken; returns by how much the number of known ids grew."""
        before = len(self.taken)
        self.last = max(self.last, message)
        self.taken[message] = None
        if len(self.taken) > KNOWN_MOST:
            del self.taken[next(iter(self.taken))]
        return len(self.taken) - before


@dataclass(slots=True)
class MessageIds:
    """The message ids that one bot knows to be taken, in all its chats."""

    _counters: dict[str, _Counter] = field(default_factory=dict)  #: the one heard of last at the end
    _known: int = 0  #: ids of all of them
    _searches: Counter[str] = field(default_factory=Counter)  #: the messages that are being searched for, by sequence

    def record(self, chat: str, message: int) -> None:
        """Note that *message* is the id of a message in *chat*."""
        key = _counter_of(chat)
        counter = self._counters.pop(key, None) or _Counter()
        self._counters[key] = counter
        self._known += counter.record(message)
        while self._known > KNOWN_MOST_IN_ALL:
            self._known -= len(self._counters.pop(next(iter(self._counters))).taken)

    def record_heard(self, update: Any) -> None:
        """Note the id of the message in *update*, if it holds one."""
        match update:
            case {"message": {"chat": {"id": int(chat)}, "message_id": int(message)}}:
                self.record(str(chat), message)

    def last(self, chat: str) -> int:
        """The newest known id of the sequence that *chat* belongs to; 0 if none is known."""
        counter = self._counters.get(_counter_of(chat))
        return counter.last if counter else 0

    @contextmanager
    def searching(self, chat: str) -> Iterator[None]:
        """Count a message of *chat* as searched for, inside the block."""
        key = _counter_of(chat)
        self._searches[key] += 1
        try:
            yield
        finally:
            self._searches[key] -= 1
            self._searches += Counter()  # drops what is down to 0

    def searched(self, chat: str) -> int:
        """How many messages of the sequence that *chat* belongs to are being searched for: as many unknown ids are probably theirs."""
        return min(self._searches[_counter_of(chat)], LOOKED_AT_BELOW)

    def candidates(self, chat: str, after: int, at_least: int, others: Collection[int] = ()) -> Iterator[int]:
        """
        The ids that a message in *chat* can have if it was sent when *after* was the newest; *others* are taken as well.

        Gives *at_least* so many ids, and goes on to `LOOKED_AT_BELOW` while they are below the newest known id.
        """
        counter = self._counters.get(_counter_of(chat)) or _Counter()
        given, message = 0, after
        while given < at_least or (message + 1 < counter.last and given < LOOKED_AT_BELOW):
            message += 1
            if message not in counter.taken and message not in others:
                yield message
                given += 1


def known_ids(known: Mapping[str, Collection[str]], chat: str) -> set[int]:
    """The ids among *known* (by chat) that belong to the same sequence as those of *chat*."""
    counter = _counter_of(chat)
    return {int(ref) for other, refs in known.items() if _counter_of(other) == counter for ref in refs}


def _counter_of(chat: str) -> str:
    return chat if chat.startswith(_SUPERGROUP) else _OWN
