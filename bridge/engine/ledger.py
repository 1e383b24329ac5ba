"""The write-ahead ledger of one turn in the store: what was asked, what was answered, and which messages were posted."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.sdk.charges import Charge
from bridge.sdk.crashpoints import here
from bridge.sdk.model import Ref
from bridge.store.claim import Turn
from bridge.store.inbox import Inbox


class TurnLedger:
    """
    Writes down how far a turn is, as `bridge.sdk.ledger.Ledger` and for the engine.

    Methods that are awaited return once the write is durable. All others hand it to the writer, which keeps their order.
    """

    def __init__(
        self,
        inbox: Inbox,
        claimed: Turn,
        fence: Callable[[], None],
        cost_of: Callable[[int], Sequence[Charge]] = lambda _: (),
    ) -> None:
        self._inbox = inbox
        self._claimed = claimed
        self._fence = fence
        self._cost_of = cost_of  # what an answer of so many tokens costs the person
        self._shown = {shown.index: shown for shown in claimed.parts}
        self._planned: set[int] = set()  # parts of which no write says yet that they may be sent
        self._intent_writes: dict[int, asyncio.Future[None]] = {}  # the write that says so
        self._latest: asyncio.Future[None] | None = None
        self._asked_in: str | None = None  # the conversation in which this process asks

    def check_lease(self) -> None:
        """Raise LeaseLost unless the turn is surely still ours."""
        self._fence()

    def shown(self, index: int) -> SentPart | None:
        """What is written about that part."""
        return self._shown.get(index)

    @property
    def has_several_messages(self) -> bool:
        """Whether the answer has more than its first message, so that it must not be given once more."""
        return any(index > 0 for index in self._shown)

    def plan(self, index: int, after: str | None = None) -> None:
        """Let the next write record the intent to send that part; *after*: `Surface.newest` at this moment."""
        if index not in self._shown:
            self._shown[index] = SentPart(index=index, after=after)
            self._planned.add(index)

    def record_after(self, index: int, after: str | None) -> None:
        """Write down a newer *after* for a planned part, as in `plan`, if it has changed."""
        if self._shown[index].after != after:
            self._shown[index] = replace(self._shown[index], after=after)
            self._planned.add(index)
            self._keep(self._inbox.progress.record_parts(self._claimed, self._shown.values()))

    async def beside(self) -> Mapping[str, frozenset[Ref]] | None:
        """Our own messages since the turn was accepted, by chat; None if those of the turn's chat may be incomplete."""
        own, here = (shown.ref for shown in self._shown.values()), self._claimed.message.where.chat
        others = await self._inbox.past.beside(self._claimed)
        return None if others is None else others | {here: others.get(here, frozenset()).union(filter(None, own))}

    async def commit_intent(self, index: int) -> None:
        """Return once the intent to send that part is durable."""
        self.plan(index)
        if index in self._planned:
            self._keep(self._inbox.progress.record_parts(self._claimed, self._shown.values()))
        # a message also waits for the receipt of the last
        said = self._latest if index else self._intent_writes.get(index)
        if said is not None:
            await said

    def record_sent(self, shown: SentPart) -> None:
        """Write down a posted message."""
        self._shown[shown.index] = shown
        self._planned.add(shown.index)
        self._keep(self._inbox.progress.record_parts(self._claimed, self._shown.values()))

    async def record_asking(self, *, bot: str, conversation_id: str) -> None:
        """Write down who is about to be asked, and where."""
        here("asking: not written")
        self._asked_in = conversation_id
        await self._inbox.progress.record_asking(self._claimed, bot=bot, conversation_id=conversation_id)
        here("asking: written")

    async def record_not_asked(self) -> None:
        """Write down that the question may be asked again."""
        await self._inbox.progress.record_not_asked(self._claimed)

    def record_asked(self, begun: ChatStarted, *, bot: str) -> None:
        """Write down the chat at the bot's side."""
        here("asked: not written")
        parts, asked_in = self._shown.values(), self._asked_in
        self._keep(self._inbox.progress.record_asked(self._claimed, begun, bot=bot, parts=parts, asked_in=asked_in))

    def record_answer(
        self, answer: str, *, follow_ups: tuple[str, ...], tokens: int, resume_token: str | None
    ) -> asyncio.Future[None]:
        """Write down the whole answer, and what the bot asks back; await it if the bot's side could not give the answer again."""
        here("answered: not written")
        parts = self._shown.values()
        return self._keep(
            self._inbox.progress.record_answer(
                self._claimed,
                answer=answer,
                follow_ups=follow_ups,
                tokens=tokens,
                parts=parts,
                resume_token=resume_token,
                charges=self._cost_of(tokens) if tokens else (),
            )
        )

    async def settle(self) -> None:
        """Write down that nothing is left to do."""
        here("settled: not written")
        await self._inbox.settle(self._claimed, parts=self._shown.values())
        here("settled: written")

    def _keep(self, written: asyncio.Future[None]) -> asyncio.Future[None]:
        self._latest = written
        self._intent_writes |= dict.fromkeys(self._planned, written)
        self._planned.clear()
        return written
