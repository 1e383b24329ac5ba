"""Laws of the platform's budgets."""

from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import accumulate, islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sdk.pacing import FINALS_SHARE, Budget, Pacer

BUDGETS = st.builds(Budget, rate=st.floats(0.05, 100), burst=st.floats(1, 50))
GAPS = st.floats(0, 30)
START = 1000.0


@given(budget=BUDGETS, gaps=st.lists(GAPS, max_size=80))
def test_previews_never_exceed_the_burst_and_what_time_brings(budget, gaps):
    pacer, now, sent = Pacer(), START, 0
    for gap in gaps:
        now += gap
        sent += pacer.try_preview(now, [("chat", budget)])

    assert sent <= budget.burst + sum(gaps) * budget.rate + 1e-6


@given(budget=BUDGETS, tries=st.integers(1, 100))
def test_previews_leave_a_share_for_finals(budget, tries):
    pacer = Pacer()
    for _ in range(tries):
        pacer.try_preview(START, [("chat", budget)])

    finals = int(budget.burst * FINALS_SHARE)

    assert all(pacer.reserve_final(START, [("chat", budget)]) == 0.0 for _ in range(finals))


@given(budget=BUDGETS, steps=st.lists(st.tuples(GAPS, st.booleans()), min_size=1, max_size=60))
def test_finals_go_in_the_order_in_which_they_asked_and_keep_the_rate(budget, steps):
    """A final is sent at the moment it was told; whoever reads all the moments must find the budget kept."""
    pacer, now, sent = Pacer(), START, []
    for gap, is_final in steps:
        now += gap
        if is_final:
            sent.append(now + pacer.reserve_final(now, [("chat", budget)]))
        else:
            pacer.try_preview(now, [("chat", budget)])

    assert all(late - early > -1e-6 for early, late in pairwise(sent))
    for index, begin in enumerate(sent):
        for count, end in enumerate(sent[index:], start=1):
            assert count <= budget.burst + (end - begin) * budget.rate + 1 + 1e-6


@given(budget=BUDGETS, seconds=st.floats(0.1, 600), asked=st.floats(0, 600))
def test_nothing_goes_through_while_the_platform_says_wait(budget, seconds, asked):
    pacer = Pacer()
    pacer.limited(START, [("chat", budget)], seconds)
    now = START + asked

    if asked < seconds:
        assert not pacer.try_preview(now, [("chat", budget)])
    assert pacer.reserve_final(now, [("chat", budget)]) >= START + seconds - now - 1e-6


def test_a_block_of_one_chat_leaves_the_others_alone():
    pacer, budget = Pacer(), Budget(rate=1.0, burst=4.0)
    pacer.limited(START, [("one", budget)], 60.0)

    assert (60.0, 0.0) == (pacer.blocked(START, [("one", budget)]), pacer.blocked(START, [("other", budget)]))
    assert pacer.try_preview(START, [("other", budget)])
    assert not pacer.try_preview(START, [("other", budget), ("one", budget)])


def test_a_longer_block_is_not_shortened_by_a_later_word():
    pacer, budget = Pacer(), Budget(rate=1.0, burst=4.0)
    pacer.limited(START, [("chat", budget)], 60.0)
    pacer.limited(START, [("chat", budget)], 1.0)

    assert 60.0 == pacer.blocked(START, [("chat", budget)])


def test_finals_after_a_block_come_one_after_another_not_all_at_once():
    """Those who waited out a block must not earn the next one together."""
    pacer, budget = Pacer(), Budget(rate=1.0, burst=4.0)
    pacer.limited(START, [("chat", budget)], 10.0)

    waits = [pacer.reserve_final(START, [("chat", budget)]) for _ in range(4)]

    assert [10.0, 11.0, 12.0, 13.0] == waits


@given(budgets=st.lists(BUDGETS, min_size=2, max_size=3), tries=st.integers(1, 40))
def test_a_preview_is_paid_everywhere_or_nowhere(budgets, tries):
    pacer, keyed = Pacer(), [(str(index), budget) for index, budget in enumerate(budgets)]
    sent = sum(pacer.try_preview(START, keyed) for _ in range(tries))

    assert [pytest.approx(budget.burst - sent) for budget in budgets] == [
        pacer._buckets[key].tokens for key, _ in keyed
    ]


@given(budget=BUDGETS, gaps=st.lists(GAPS, min_size=1, max_size=30), replicas=st.integers(2, 5))
def test_replicas_take_together_no_more_than_one_alone(budget, gaps, replicas):
    """Of what is counted for all of them; a message of each is the least that a budget can be."""
    common = replace(budget, common=True)
    pacers, now, sent = [Pacer(replicas=replicas) for _ in range(replicas)], START, 0
    for gap in gaps:
        now += gap
        sent += sum(pacer.try_preview(now, [("all", common)]) for pacer in pacers)

    assert sent <= max(budget.burst, replicas) + sum(gaps) * budget.rate + 1e-6


@given(budget=BUDGETS, replicas=st.integers(2, 5))
def test_a_chat_is_one_replicas_at_a_time_so_its_budget_is_not_parted(budget, replicas):
    waits = [
        [pacer.reserve_final(START, [("chat", budget)]) for _ in range(20)]
        for pacer in (Pacer(), Pacer(replicas=replicas))
    ]

    assert waits[0] == waits[1]


@given(budget=BUDGETS, back=st.floats(0, START))
def test_a_clock_that_is_set_back_makes_nobody_wait_longer(budget, back):
    pacer = Pacer()
    pacer.reserve_final(START, [("chat", budget)])

    wait = pacer.reserve_final(START - back, [("chat", budget)])

    assert wait <= 1 / budget.rate + 1e-6


@given(chats=st.lists(st.integers(0, 1000), min_size=1, max_size=300))
def test_quiet_chats_are_forgotten(chats):
    """Memory stays bounded however many chats there are, as long as most are quiet."""
    pacer, budget, now = Pacer(keep=10), Budget(rate=1.0, burst=2.0), START
    for chat in chats:
        now += 1.0
        pacer.try_preview(now, [(str(chat), budget)])

    assert len(pacer._buckets) <= 10


def test_forgetting_never_forgets_a_debt_or_a_block():
    pacer, budget = Pacer(keep=2), Budget(rate=0.1, burst=2.0)
    pacer.limited(START, [("blocked", budget)], 900.0)
    for _ in range(6):
        pacer.reserve_final(START, [("owing", budget)])
    for chat in range(20):
        pacer.try_preview(START + chat, [(str(chat), budget)])

    assert 890.0 == pacer.blocked(START + 10, [("blocked", budget)])
    assert {"blocked", "owing"} <= pacer._buckets.keys()


def test_it_remembers_a_bounded_number_of_places_and_of_those_the_ones_in_use():
    pacer, budget = Pacer(keep=100), Budget(rate=0.001, burst=5)
    for number in range(1000):
        pacer.reserve_final(START + number, [("bot", budget), (f"chat {number}", budget)])

    assert len(pacer._buckets) <= 100
    assert {"bot", "chat 999", "chat 998"} <= pacer._buckets.keys()
    assert pacer.reserve_final(START + 1000, [("bot", budget)]) > 0, "what is owed is not forgotten"


@dataclass(slots=True)
class Platform:
    """Counts calls as they arrive: a full burst at first, and so many more a second."""

    budget: Budget
    tokens: float
    at: float = START
    refused: int = 0

    def arrives(self, now: float) -> None:
        self.tokens = min(self.budget.burst, self.tokens + (now - self.at) * self.budget.rate)
        self.at = now
        if self.tokens < 1 - 1e-6:
            self.refused += 1
        else:
            self.tokens -= 1


@given(
    budget=BUDGETS,
    calls=st.lists(st.tuples(st.floats(0, 2), st.floats(0, 5), st.floats(0, 5), st.booleans()), max_size=80),
)
def test_however_late_and_bunched_calls_arrive_the_platform_refuses_none(budget, calls):
    """Each of the *calls*: a pause, how long it is on its way, how long its answer is, whether it is a final; none that waits."""
    pacer, platform, cost = Pacer(), Platform(budget, budget.burst), [("chat", budget)]
    asked = accumulate((pause for pause, *_ in calls), initial=START)
    happens = [
        (at, number, "final" if calls[number][-1] else "preview") for number, at in enumerate(islice(asked, 1, None))
    ]
    while happens:
        now, number, what = heappop(happens)
        match what:
            case "preview" if pacer.try_preview(now, cost):
                heappush(happens, (now, number, "begins"))
            case "final" if not pacer.reserve_final(now, cost):
                heappush(happens, (now, number, "begins"))
            case "begins":
                pacer.note_begun(now, cost)
                heappush(happens, (now + calls[number][1], number, "arrives"))
            case "arrives":
                platform.arrives(now)
                heappush(happens, (now + calls[number][2], number, "over"))
            case "over":
                pacer.note_answered(now, cost)

    assert 0 == platform.refused


def test_calls_that_wait_for_their_answers_let_no_others_through_in_their_place():
    pacer, cost = Pacer(), [("bot", Budget(rate=25.0, burst=25.0))]
    for _ in range(25):
        assert 0 == pacer.reserve_final(START, cost)
        pacer.note_begun(START, cost)

    assert not pacer.try_preview(START + 10, cost), "none has arrived, as far as can be known"
    for _ in range(25):
        pacer.note_answered(START + 10, cost)
    assert pacer.try_preview(START + 11, cost)


def test_a_call_that_is_over_takes_no_place_twice():
    pacer, cost = Pacer(), [("chat", Budget(rate=1.0, burst=4.0))]
    pacer.reserve_final(START, cost)
    pacer.note_begun(START, cost)
    pacer.note_answered(START, cost)
    pacer.note_answered(START, cost)

    assert [True, True, True, False] == [pacer.try_preview(START + 9, cost) for _ in range(4)]
