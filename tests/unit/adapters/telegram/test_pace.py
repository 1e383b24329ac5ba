"""Telegram's budgets, with time handed in."""

from contextlib import ExitStack

from adapters.telegram.pace import ChatCall, Pace
from adapters.telegram.strain import REMEMBERED, Strain
from bridge.sdk.rates import Rate

ANN, GROUP = ChatCall(chat="42"), ChatCall(chat="-1001")
DRAFT = ChatCall(chat="42", is_draft=True)


def test_a_person_hears_three_messages_at_once_and_then_one_a_second():
    pace = Pace()

    assert [0, 0, 0, 1, 2] == [round(pace.reserve_final(0, ANN)) for _ in range(5)]


def test_what_counts_as_several_messages_is_sent_at_once_and_the_next_waits():
    pace = Pace()

    assert 0 == pace.reserve_final(0, ANN)
    pace.owe(0, ANN, 4)
    assert 3 == round(pace.reserve_final(0, ANN))
    assert 0 == pace.reserve_final(0, ChatCall(chat="43"))


def test_a_group_hears_twenty_a_minute():
    pace = Pace()

    assert [0] * 20 == [pace.reserve_final(0, GROUP) for _ in range(20)]
    assert 3 == round(pace.reserve_final(0, GROUP))


def test_a_chat_spares_something_until_half_of_its_burst_is_used():
    pace, spared = Pace(), {ANN: 0, GROUP: 0}
    for call in spared:
        while pace.spares(0, call):
            pace.reserve_final(0, call)
            spared[call] += 1

    assert {ANN: 2, GROUP: 10} == spared
    pace.limited(0, GROUP, 5)
    assert not pace.spares(4, GROUP)


def test_previews_leave_a_share_to_finals():
    pace = Pace()
    shown = sum(pace.try_preview(0, GROUP) for _ in range(100))

    assert 15 == shown
    assert 0 == pace.reserve_final(0, GROUP)


def test_drafts_cost_no_messages():
    pace = Pace()
    assert pace.try_preview(0, DRAFT)
    while pace.try_preview(0, DRAFT):
        pass

    assert 0 == pace.reserve_final(0, ANN)
    assert pace.try_preview(1, DRAFT)


def test_drafts_keep_to_the_rate_that_an_operator_has_chosen():
    pace = Pace(rate=Rate(count=25, seconds=1))
    shown = sum(pace.try_preview(0, ChatCall(chat=str(chat), is_draft=True)) for chat in range(100))
    waits = [pace.reserve_final(0, ChatCall(chat=str(chat))) for chat in range(10)]

    assert 18 == shown
    assert [0] * 7 == waits[:7]
    assert all(waits[7:])


def test_drafts_keep_to_the_rate_of_the_bot_once_a_chat_was_told_to_wait():
    pace = Pace()
    drafts = [ChatCall(chat=str(chat), is_draft=True) for chat in range(100, 300)]

    assert all(pace.try_preview(0, draft) for draft in drafts)
    pace.limited(0, ANN, 10)
    assert 22 == sum(pace.try_preview(1, draft) for draft in drafts)


def test_a_chat_told_to_wait_is_left_alone_and_others_are_not():
    pace = Pace()
    pace.limited(0, ANN, 10)

    assert 10.5 == pace.blocked(0, ANN)
    assert not pace.try_preview(5, DRAFT)
    assert not pace.try_preview(5, ANN)
    assert 5.5 == pace.reserve_final(5, ANN)
    assert 0 == pace.reserve_final(5, ChatCall(chat="43"))
    assert 0 == pace.blocked(10.5, ANN)


def test_several_chats_told_to_wait_mean_the_bot():
    pace = Pace()
    for chat in ("1", "2", "3"):
        pace.limited(0, ChatCall(chat=chat), 10)

    assert 10.5 == pace.blocked(0, ANN)
    assert not pace.try_preview(5, DRAFT)


def test_after_a_limit_bursts_stay_small_for_ten_minutes():
    pace = Pace()
    pace.limited(0, ANN, 1)
    at_once = sum(not pace.reserve_final(100, ChatCall(chat=f"p{number}")) for number in range(100))

    assert 30 == at_once

    later = sum(not pace.reserve_final(700, ChatCall(chat=f"q{number}")) for number in range(400))
    assert 300 == later


def test_a_rate_of_the_operators_own_is_kept_from_the_first_second():
    pace = Pace(rate=Rate(count=2, seconds=1.0))

    assert [0, 0, 0.5, 1.0] == [pace.reserve_final(0, ChatCall(chat=str(person))) for person in range(4)]


def test_a_slow_rate_lets_one_message_through_at_a_time():
    pace = Pace(rate=Rate(count=30, seconds=60.0))

    assert [0, 2.0] == [pace.reserve_final(0, ChatCall(chat=str(person))) for person in range(2)]


def test_where_telegram_allows_more_nobody_waits():
    pace = Pace(rate=Rate(count=1000, seconds=1.0))

    assert {0} == {pace.reserve_final(0, ChatCall(chat=str(person))) for person in range(1000)}


def slowness(pace, *times):
    """How much longer Ann's previews pause, at each of these *times*."""
    return [pace.slowness(now, ANN) for now in times]


def test_previews_slow_down_after_a_refusal_and_come_back():
    pace = Pace()

    assert [1, 1] == slowness(pace, 0, 1000)
    pace.limited(0, ANN, 10)
    assert [2, 2, 1] == slowness(pace, 10, 69, 70)
    assert 1 == pace.slowness(10, ChatCall(chat="43"))


def test_each_further_refusal_slows_previews_more_up_to_an_eighth_and_they_come_back_step_by_step():
    pace, shown = Pace(), []
    for number in range(6):
        pace.limited(100 * number, ChatCall(chat="42", is_draft=bool(number % 2)), 90)
        shown += slowness(pace, 100 * number + 90)

    assert [2, 4, 8, 8, 8, 8] == shown
    assert [8, 4, 2, 1] == slowness(pace, 649, 650, 710, 770)


def test_calls_refused_together_slow_previews_once():
    pace = Pace()
    for _ in range(5):
        pace.limited(0, ANN, 10)

    assert [2] == slowness(pace, 11)


def test_once_the_whole_bot_is_meant_previews_slow_down_everywhere():
    pace = Pace()
    for chat in ("1", "2", "3"):
        pace.limited(0, ChatCall(chat=chat), 10)

    assert [2] == slowness(pace, 20)


def test_of_refused_chats_the_last_are_remembered():
    strain = Strain()
    for number in range(REMEMBERED + 5):
        strain.record(0, str(number), seconds=1)

    assert [1, 2] == [strain.slowness(0, [str(number)]) for number in (4, 5)]


def test_calls_that_telegram_has_not_answered_keep_their_place():
    """It may count them at any time yet: those that come behind them would be too many."""
    pace, now = Pace(rate=Rate(count=25, seconds=1)), 0.0
    with ExitStack() as calls:
        for person in range(25):
            assert 0 == pace.reserve_final(now, ChatCall(chat=str(person)))
            calls.enter_context(pace.under_way(lambda: now, ChatCall(chat=str(person))))
        now = 60.0

        assert not pace.try_preview(now, DRAFT)
    assert pace.try_preview(now + 1, DRAFT)
