"""
Telegram's own Stop button on a growing draft: which answer each draft shows, and what pressing the button means.

A press names the draft by its number. Telegram only hides the draft; we end the answer. Only the process that shows the
draft knows which answer that is: elsewhere the press is ignored, and the next frame of the answer offers the button again.
https://core.telegram.org/bots/api#sendmessagedraft
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.sdk.model import Address, ChatType, CommandName, Inbound, Person, Place

REMEMBERED: Final = 10_000
"""Drafts; many more than grow at once."""


@dataclass(frozen=True, slots=True)
class DraftTurns:
    """Which answer each draft shows."""

    _turns: OrderedDict[tuple[int, int], str] = field(default_factory=OrderedDict)  #: by chat and draft

    def remember(self, chat: str, draft: int, turn_key: str) -> None:
        """Note that *draft* shows that answer; the newest `REMEMBERED` are kept."""
        self._turns[int(chat), draft] = turn_key
        if len(self._turns) > REMEMBERED:
            self._turns.popitem(last=False)

    def stopped(self, update: Any, *, adapter: str, bot: int) -> Inbound | None:
        """Read the press of Stop on a draft that we know; None if *update* is nothing like that."""
        match update:
            case {
                "update_id": int(number),
                "stopped_message_generation": {"chat": {"id": int(chat)}, "draft_id": int(draft)} as stopped,
            } if turn_key := self._turns.get((chat, draft)):
                thread = stopped.get("message_thread_id")
                return Inbound(
                    dedupe_keys=(f"{bot}:update:{number}",),
                    where=Place(
                        adapter=adapter, chat=str(chat), thread=str(thread) if isinstance(thread, int) else None
                    ),
                    chat_type=ChatType.PRIVATE,
                    author=Person(id=str(chat)),  # a private chat has the number of its person
                    text="",
                    address=Address.TO_US,
                    command=CommandName.STOP,
                    turn_key=turn_key,
                )
        return None
