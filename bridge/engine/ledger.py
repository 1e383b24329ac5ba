"""One turn's page in the store: what has been asked, what was answered, what stands where."""

import asyncio
from collections.abc import Callable

from bridge.sdk.crashpoints import here
from bridge.sdk.model import Begun, Shown
from bridge.store.claim import Claimed
from bridge.store.inbox import Inbox


class TurnLedger:
    """
    Writes down how far a turn is.

    What must be durable before the next deed is awaited; everything else is on its way to the disk meanwhile, in order.
    """

    def __init__(self, inbox: Inbox, claimed: Claimed, fence: Callable[[], None]) -> None:
        self._inbox = inbox
        self._claimed = claimed
        self._fence = fence
        self._shown = {shown.index: shown for shown in claimed.shown}
        self._foreseen: set[int] = set()  # parts of which no write says yet that they may be sent
        self._saying: dict[int, asyncio.Future[None]] = {}  # the write that says so
        self._latest: asyncio.Future[None] | None = None

    def check(self) -> None:
        """Raise LeaseLost unless the turn is surely still ours."""
        self._fence()

    def shown(self, index: int) -> Shown | None:
        """What is written about that part."""
        return self._shown.get(index)

    @property
    def spread(self) -> bool:
        """Whether more than one message may stand: another answer, if shorter, would leave the rest of this one behind."""
        return any(index > 0 for index in self._shown)

    def foresee(self, index: int) -> None:
        """Let the next write say that a message for that part may be sent."""
        if index not in self._shown:
            self._shown[index] = Shown(index=index)
            self._foreseen.add(index)

    async def intend(self, index: int) -> None:
        """Return once it is durably written that a message for that part may be sent."""
        self.foresee(index)
        if index in self._foreseen:
            self._keep(self._inbox.showing(self._claimed, self._shown.values()))
        said = self._latest if index else self._saying.get(index)  # a message also waits for the receipt of the last
        if said is not None:
            await said

    def stands(self, shown: Shown) -> None:
        """Write down what stands."""
        self._shown[shown.index] = shown
        self._foreseen.add(shown.index)
        self._keep(self._inbox.showing(self._claimed, self._shown.values()))

    async def asking(self, *, bot: str, conversation_id: str) -> None:
        """Write down who is about to be asked, and where."""
        here("asking: not written")
        await self._inbox.asking(self._claimed, bot=bot, conversation_id=conversation_id)
        here("asking: written")

    async def unasked(self) -> None:
        """Write down that the question may be asked again."""
        await self._inbox.unasked(self._claimed)

    def asked(self, begun: Begun, *, bot: str) -> None:
        """Write down the chat at the bot's side."""
        here("asked: not written")
        self._keep(self._inbox.asked(self._claimed, begun, bot=bot, shown=self._shown.values()))

    def answered(self, answer: str, *, offers: tuple[str, ...], tokens: int, waits: str | None) -> asyncio.Future[None]:
        """Write down the whole answer, and what the bot waits for now; who sends what cannot be had again awaits it."""
        here("answered: not written")
        shown = self._shown.values()
        return self._keep(
            self._inbox.answered(self._claimed, answer=answer, offers=offers, tokens=tokens, shown=shown, waits=waits)
        )

    async def settle(self) -> None:
        """Write down that nothing is left to do."""
        here("settled: not written")
        await self._inbox.settle(self._claimed, shown=self._shown.values())
        here("settled: written")

    def _keep(self, written: asyncio.Future[None]) -> asyncio.Future[None]:
        self._latest = written
        self._saying |= dict.fromkeys(self._foreseen, written)
        self._foreseen.clear()
        return written
