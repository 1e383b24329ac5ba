"""How often an adapter's call is made, and when: by the loop's clock, which leaps here."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from bridge.sdk.errors import BridgeError, Garbled, LeaseLost, MessageGone, RateLimited, Uncertain, Unreachable
from bridge.sdk.pacing import Budget, Cost, Pacer
from bridge.sdk.sending import PAUSES, RATE_LIMIT_LONGEST, Sender, loop_time
from tests.simulation.clock import VirtualLoop

T = TypeVar("T")
CHAT: Cost = [("chat", Budget(rate=1.0, burst=2.0))]


class Far:
    """A far side that fails as it is told, and then answers; it notes when it was asked."""

    def __init__(self, *failures: BridgeError) -> None:
        self._failures = list(failures)
        self.asked_at: list[float] = []

    async def __call__(self) -> str:
        self.asked_at.append(loop_time())
        if self._failures:
            raise self._failures.pop(0)
        return "sent"


def in_no_time(deed: Coroutine[Any, Any, T]) -> T:
    """What *deed* gives, on a loop whose clock leaps."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(deed)


def sent(far: Far, **how: Any) -> str:
    """What a fresh sender's `send` gives."""
    return in_no_time(a_sender().send(CHAT, far, kind="send", **how))


def previewed(far: Far) -> str | None:
    return in_no_time(a_sender().try_send(CHAT, far))


def a_sender() -> Sender[Cost]:
    return Sender(adapter="test", pace=Pacer())


def test_what_must_be_said_waits_for_its_budget():
    far, sender = Far(), a_sender()

    async def five() -> None:
        await asyncio.gather(*(sender.send(CHAT, far, kind="send") for _ in range(5)))

    in_no_time(five())

    assert [0, 0, 1, 2, 3] == pytest.approx(far.asked_at)


@pytest.mark.parametrize("failures", range(1, len(PAUSES) + 1))
def test_a_platform_that_is_away_for_seconds_costs_no_message(failures: int):
    far = Far(*[Unreachable("away")] * failures)

    assert "sent" == sent(far)
    assert failures + 1 == len(far.asked_at)
    assert far.asked_at[-1] >= sum(PAUSES[:failures])


def test_one_that_stays_away_is_left_to_the_turn():
    far = Far(*[Unreachable("away")] * 99)

    with pytest.raises(Unreachable):
        sent(far)

    assert len(PAUSES) + 1 == len(far.asked_at)


@pytest.mark.parametrize("failure", [Uncertain("cut off"), MessageGone("deleted"), Garbled("no id")])
def test_nothing_that_may_have_been_done_is_done_twice(failure: BridgeError):
    far = Far(failure)

    with pytest.raises(type(failure)):
        sent(far)

    assert 1 == len(far.asked_at)


@pytest.mark.parametrize(("told", "waits"), [(7.0, 7.0), (59.5, 59.5), (None, 1.0), (0.0, 1.0)])
def test_a_rate_limit_is_waited_for_as_long_as_it_says(told: float | None, waits: float):
    far = Far(RateLimited("slow down", retry_after=told))

    assert "sent" == sent(far)
    assert [0, waits] == pytest.approx(far.asked_at)


@pytest.mark.parametrize("told", [[RATE_LIMIT_LONGEST + 1], [40.0, 40.0], [10.0] * 7])
def test_more_than_a_minute_of_rate_limits_is_left_to_the_turn(told: list[float]):
    far = Far(*(RateLimited("slow down", retry_after=seconds) for seconds in told))

    with pytest.raises(RateLimited):
        sent(far)

    assert len(told) == len(far.asked_at)


def test_while_the_platform_forbids_it_for_long_nobody_calls():
    far, sender = Far(RateLimited("slow down", retry_after=600.0)), a_sender()

    async def two() -> None:
        for _ in range(2):
            with pytest.raises(RateLimited):
                await sender.send(CHAT, far, kind="send")

    in_no_time(two())

    assert 1 == len(far.asked_at)


def test_a_rate_limit_of_one_chat_holds_up_no_other():
    limited, other, sender = Far(RateLimited("slow down", retry_after=30.0)), Far(), a_sender()

    async def both() -> None:
        elsewhere: Cost = [("elsewhere", Budget(rate=1.0, burst=2.0))]
        await asyncio.gather(sender.send(CHAT, limited, kind="send"), sender.send(elsewhere, other, kind="send"))

    in_no_time(both())

    assert ([0, 30], [0]) == (pytest.approx(limited.asked_at), other.asked_at)


def test_what_is_paid_for_does_not_wait_for_the_budget():
    far, sender = Far(), a_sender()

    async def last_words() -> None:
        for _ in range(5):
            sender.pace.reserve_final(loop_time(), CHAT)
        await sender.send(CHAT, far, kind="send", paid=True)

    in_no_time(last_words())

    assert [0] == far.asked_at


@pytest.mark.parametrize("failure", [Unreachable("away"), RateLimited("slow down", retry_after=5.0)])
def test_a_turn_that_was_lost_while_we_waited_sends_nothing_more(failure: BridgeError):
    far = Far(failure)

    def fence() -> None:
        if far.asked_at:
            raise LeaseLost("another's")

    with pytest.raises(LeaseLost):
        sent(far, fence=fence)

    assert 1 == len(far.asked_at)


def test_a_preview_without_budget_is_dropped():
    far, sender = Far(), a_sender()

    async def three() -> list[str | None]:
        return [await sender.try_send(CHAT, far) for _ in range(3)]

    assert ["sent", None, None] == in_no_time(three()), "the second would take the share of finals"
    assert [0] == far.asked_at


@pytest.mark.parametrize("failure", [Unreachable("away"), RateLimited("slow down", retry_after=5.0)])
def test_a_preview_is_never_tried_again(failure: BridgeError):
    far = Far(failure)

    assert previewed(far) is None
    assert [0] == far.asked_at


@pytest.mark.parametrize("failure", [Uncertain("cut off"), MessageGone("deleted"), Garbled("no id")])
def test_what_a_preview_meets_is_told_where_it_concerns_the_answer(failure: BridgeError):
    with pytest.raises(type(failure)):
        previewed(Far(failure))


def test_a_preview_that_was_limited_holds_up_the_last_words_of_all():
    limited, final, sender = Far(RateLimited("slow down", retry_after=20.0)), Far(), a_sender()

    async def preview_and_finish() -> None:
        await sender.try_send(CHAT, limited)
        await sender.send(CHAT, final, kind="send")

    in_no_time(preview_and_finish())

    assert [20] == pytest.approx(final.asked_at)


def test_a_sender_of_ones_own_budgets_needs_four_answers_only():
    """A platform that counts otherwise brings its own `Budgets`."""

    class Daily:
        left = 1

        def try_preview(self, now: float, cost: int) -> bool:
            return now >= 0 and self.left > cost

        def reserve_final(self, now: float, cost: int) -> float:
            self.left -= cost
            return 0.0 if self.left >= 0 else 86_400.0 - now

        def blocked(self, now: float, cost: int) -> float:
            return 0.0 * now * cost

        def limited(self, now: float, cost: int, seconds: float) -> None:
            raise AssertionError((now, cost, seconds))

    far, sender = Far(), Sender(adapter="test", pace=Daily())

    async def two() -> None:
        await sender.send(1, far, kind="send")
        await sender.send(1, far, kind="send")

    in_no_time(two())

    assert [0, 86_400] == far.asked_at
