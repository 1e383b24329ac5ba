"""
Claims turns and runs them, as many at once as there is room for.

The worker has what the handler of a turn does not care about: leases and their fence, retries, giving up, and draining. The
handler returns, or raises `Later`, `Never`, `LeaseLost` or `QuestionEdited`; anything else is a bug.
"""

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field

from bridge.engine.claimed_turn import ClaimedTurn, Signal
from bridge.engine.handler import TurnHandler
from bridge.engine.private_words import words_of_turn
from bridge.sdk import daemon_telemetry, metrics, redaction, telemetry
from bridge.sdk.crashpoints import here
from bridge.sdk.errors import BridgeError, Bug, Later, LeaseLost, Never, QuestionEdited
from bridge.sdk.supervision import bugs_expected, supervise
from bridge.store.claim import Turn
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup

CLAIM_BATCH = 100
"""Claims in one transaction; more would only delay the first of them."""

SUSPECT = 2
"""After so many processes died while it ran, a turn is a suspect, and runs only while no other suspect does."""

SUSPECTS_WAIT = 1.0
"""Seconds after which a suspect that had to wait for another one is claimed again."""

CRASHES = 3
"""How many processes may die while a turn runs before it is given up."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before the second attempt and, doubling, at most before any later one."""

CLOCK_SET = 2.0
"""Seconds by which the wall clock must have been set before due times follow it; less is ordinary drift."""

PATIENCE = 24 * 3600.0
"""Seconds after which a message is given up although waiting might still help: as long as Telegram itself keeps one."""

TRIES = 4
"""Attempts that are made in any case: a message may have waited in its queue for longer than a failure's own patience."""

LEASE_SAFETY = 0.8
"""The share of a lease within which messages are still sent: the rest is for what is already on the wire."""


@dataclass(slots=True)
class RunningTurn:
    """Our claim on a turn, as far as we know."""

    claimed: Turn
    safe_until: float  #: until then, by `_clock`, nobody else can have it
    stop: Signal = field(default_factory=Signal)  #: as in `ClaimedTurn`
    edited: Signal = field(default_factory=Signal)  #: as in `ClaimedTurn`
    task: asyncio.Task[None] | None = None

    def check_lease(self) -> None:
        """Raise LeaseLost if somebody else may have the turn by now."""
        if _clock() > self.safe_until:
            raise LeaseLost(f"turn {self.claimed.id} was not renewed in time")


class Worker:
    """Answers what the inbox holds, until it is drained."""

    def __init__(self, *, inbox: Inbox, wakeup: Wakeup, handler: TurnHandler, concurrency: int, lease: float) -> None:
        self._inbox = inbox
        self._wakeup = wakeup
        self._handler = handler
        self._concurrency = concurrency
        self._lease = lease
        self._running: dict[int, RunningTurn] = {}
        self._draining = False
        self._clock_offset = _clock_offset()

    @property
    def running(self) -> int:
        """How many turns run."""
        return len(self._running)

    async def run(self) -> None:
        """Work until `drain` has ended: what it finishes keeps its leases, and can still be stopped."""
        heartbeat = asyncio.create_task(supervise("heartbeat", self._heartbeat), name="heartbeat")
        self._wakeup.set()  # what a start found may be due soon
        try:
            while self._running or not self._draining:
                await self._claim()
                if await self._wakeup.wait(self._wakeup.next_poll):
                    await self._interrupt()
        finally:
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)

    async def drain(self, patience: float) -> int:
        """Claim no more, finish what was begun, release what takes longer than *patience* seconds; gives how many were released."""
        self._draining = True
        self._wakeup.set()
        tasks = [turn.task for turn in self._running.values() if turn.task]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        left = list(self._running.values())
        unfinished = [turn.task for turn in left if turn.task]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if left:
            await self._inbox.release(turn.claimed for turn in left)
            self._running.clear()
            self._wakeup.set()
        return len(left)

    async def ended(self, adapter: str | None = None) -> None:
        """Return once every turn that runs now has ended; with an *adapter*, those of its messages alone."""
        turns = [turn for turn in self._running.values() if adapter in (None, turn.claimed.message.where.adapter)]
        if tasks := [turn.task for turn in turns if turn.task]:
            await asyncio.wait(tasks)

    # Claiming and renewing

    async def _claim(self) -> None:
        """Claim and begin as many turns as there is room for."""
        try:
            while (room := min(CLAIM_BATCH, self._concurrency - len(self._running))) > 0 and not self._draining:
                asked_at = _clock()
                claims = await self._inbox.claim(room)
                if self._draining:  # since we asked: `drain` has not seen these
                    await self._inbox.release(claims)
                    break
                for claimed in await self._isolate_suspects(claims):
                    self._begin(RunningTurn(claimed, asked_at + self._lease * LEASE_SAFETY))
                if len(claims) < room:
                    break
        except Later as failure:
            daemon_telemetry.database_away(because=failure.detail, seconds=self._wakeup.next_poll)

    async def _isolate_suspects(self, claims: list[Turn]) -> list[Turn]:
        """
        Those of *claims* to run now: all but the suspects, and at most one suspect; the others wait for `SUSPECTS_WAIT`.

        Most of the turns that ran when a process died did not cause it. One suspect at a time shows which one did, so that
        none is given up for another's fault.
        """
        suspects = [claimed for claimed in claims if claimed.crashes >= SUSPECT]
        tried = any(turn.claimed.crashes >= SUSPECT for turn in self._running.values())
        put_off = suspects[0 if tried else 1 :]
        if put_off:
            await self._inbox.release(put_off, seconds=SUSPECTS_WAIT)
        return [claimed for claimed in claims if claimed not in put_off]

    def _begin(self, turn: RunningTurn) -> None:
        self._running[turn.claimed.id] = turn
        if turn.claimed.stop_requested:
            turn.stop.give()
        if turn.claimed.is_edited:
            turn.edited.give()
        turn.task = asyncio.create_task(self._run_turn(turn), name=f"turn-{turn.claimed.id}")
        turn.task.add_done_callback(lambda _: self._end(turn))
        metrics.RUNNING.set(len(self._running))

    def _end(self, turn: RunningTurn) -> None:
        if self._draining and turn.task and turn.task.cancelled():
            return  # `drain` still has to release it
        if self._running.get(turn.claimed.id) is turn:  # lost and claimed anew, the turn has another hold by now
            del self._running[turn.claimed.id]
        metrics.RUNNING.set(len(self._running))
        self._wakeup.set()

    async def _heartbeat(self) -> None:
        """Renew our leases, and requeue turns whose owner is gone; not for one lease after an outage, when nobody could renew."""
        requeue_from = 0.0
        while True:
            await asyncio.sleep(self._lease / 3)
            asked_at = _clock()
            try:
                if abs(moved := _clock_offset() - self._clock_offset) > CLOCK_SET:
                    await self._inbox.follow_clock_change(moved)
                    self._clock_offset += moved
                ours = await self._inbox.renew(list(self._running)) if self._running else set()
                freed = await self._inbox.requeue_expired() if asked_at >= requeue_from else 0
            except Later as failure:
                requeue_from = _clock() + self._lease
                daemon_telemetry.database_away(because=failure.detail, seconds=self._lease / 3)
                continue
            if freed:
                daemon_telemetry.turns_requeued(turns=freed)
                self._wakeup.set()
            for number, turn in list(self._running.items()):
                if number in ours:
                    turn.safe_until = asked_at + self._lease * LEASE_SAFETY

    async def _interrupt(self) -> None:
        """Signal the running turns whose author wants them stopped, or has edited the question."""
        try:
            wanted = await self._inbox.interrupted(list(self._running)) if self._running else []
        except Later:
            self._wakeup.set(stop=True)
            return
        for interruption in wanted:
            if turn := self._running.get(interruption.turn):
                (turn.stop if interruption.for_good else turn.edited).give()

    # One turn

    async def _run_turn(self, turn: RunningTurn) -> None:
        here("turn: claimed")
        claimed = turn.claimed
        where = claimed.message.where
        told = telemetry.turn(
            turn=claimed.id, conversation=str(where), adapter=where.adapter, accepted_at=claimed.accepted_at
        )
        with redaction.spoken(lambda: words_of_turn(claimed)), told:
            try:
                if claimed.crashes >= CRASHES:
                    await self._give_up_and_notify(claimed, Never(f"took {claimed.crashes} processes with it"))
                else:
                    with bugs_expected("turn"):
                        await self._handler.handle(_work(turn))
            except QuestionEdited:
                await self._begin_anew(claimed)
            except LeaseLost as lost:
                await self._hand_over(claimed, lost)
            except Later as failure:
                await self._retry_later(claimed, failure)
            except Never as failure:
                await self._give_up(claimed, failure)
            except Bug as bug:
                telemetry.turn_crashed(error=bug.detail)
                await self._retry_later(claimed, bug, counts_as_crash=True)

    async def _begin_anew(self, claimed: Turn) -> None:
        """Reopen the turn, to be claimed again with the edited question."""
        telemetry.turn_begun_anew()
        try:
            await self._inbox.reopen(claimed)
        except (LeaseLost, Later) as lost:
            telemetry.turn_handed_over(because=lost.detail)

    async def _hand_over(self, claimed: Turn, lost: LeaseLost) -> None:
        """Leave the turn to the replica that has it now; release it if none has, as after an outage of the database."""
        telemetry.turn_handed_over(because=lost.detail)
        with suppress(Later):
            await self._inbox.release([claimed])

    async def _retry_later(self, claimed: Turn, failure: BridgeError, *, counts_as_crash: bool = False) -> None:
        if _is_given_up(claimed, failure):
            await self._give_up_and_notify(claimed, failure)
            return
        wanted = failure.retry_after if isinstance(failure, Later) else None
        ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(claimed.attempt, 10))
        seconds = max(wanted or 0.0, random.uniform(FIRST_WAIT / 2, ceiling))  # noqa: S311 - spreads load, hides nothing
        telemetry.turn_postponed(
            because=failure.detail, log_id=failure.log_id, attempt=claimed.attempt, seconds=seconds
        )
        try:
            because = f"{type(failure).__name__}: {failure.detail}"
            await self._inbox.postpone(claimed, seconds=seconds, because=because, counts_as_crash=counts_as_crash)
        except (LeaseLost, Later) as lost:
            telemetry.turn_handed_over(because=lost.detail)

    async def _give_up_and_notify(self, claimed: Turn, failure: BridgeError) -> None:
        """Give up a turn of which the person was not told; write that down before telling them, as that may be what crashes."""
        await self._give_up(claimed, failure)
        await self._handler.notify_gave_up(claimed)

    async def _give_up(self, claimed: Turn, failure: BridgeError) -> None:
        telemetry.turn_dead_lettered(because=failure.detail, log_id=failure.log_id)
        try:
            await self._inbox.dead_letter(claimed, because=f"{type(failure).__name__}: {failure.detail}")
        except (LeaseLost, Later) as lost:
            telemetry.turn_handed_over(because=lost.detail)


def _work(turn: RunningTurn) -> ClaimedTurn:
    return ClaimedTurn(claimed=turn.claimed, stop=turn.stop, edited=turn.edited, fence=turn.check_lease)


def _is_given_up(claimed: Turn, failure: BridgeError) -> bool:
    """Whether it has been tried for long enough."""
    patience = failure.patience if isinstance(failure, Later) else None
    age = time.time() - claimed.accepted_at
    return age > PATIENCE or (patience is not None and age > patience and claimed.attempt >= TRIES)


def _clock_offset() -> float:
    """By how many seconds the wall clock is ahead of `_clock`."""
    return time.time() - _clock()


def _clock() -> float:
    """A monotonic clock in seconds, which goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
