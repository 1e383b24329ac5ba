"""The write-ahead ledger of one answer: an intent to send is written down before each send, and the message after it."""

from collections.abc import Mapping
from typing import Protocol

from bridge.sdk.answers import SentPart
from bridge.sdk.model import Ref


class Ledger(Protocol):
    """Records what is on the screen, so that another process can continue."""

    def check_lease(self) -> None:
        """Raise LeaseLost unless the turn is surely still ours; called right before each message is sent."""

    def shown(self, index: int) -> SentPart | None:
        """What is written about that part."""

    def plan(self, index: int, after: str | None = None) -> None:
        """Let the next write record the intent to send that part; *after*: `Surface.newest` at this moment."""

    def record_after(self, index: int, after: str | None) -> None:
        """Write down a newer *after* for a planned part, as in `plan`; `commit_intent` waits for that write."""

    async def beside(self) -> Mapping[str, frozenset[Ref]] | None:
        """Our own messages since the turn was accepted, by chat; None where those of the turn's chat may be incomplete."""

    async def commit_intent(self, index: int) -> None:
        """Return once the intent to send that part is durable."""

    def record_sent(self, shown: SentPart) -> None:
        """Write down a posted message; nothing waits for that write."""
