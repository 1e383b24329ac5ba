"""Which ids a message can have whose sending was never confirmed."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import lost_sends
from adapters.telegram.lost_sends import KNOWN_MOST, LOOKED_AT_BELOW, MessageIds, known_ids

ANN, BOB, BASIC, SUPER, OTHER = "42", "43", "-5000001", "-1001", "-1002"


def test_private_chats_and_basic_groups_are_counted_together():
    ids = MessageIds()
    ids.record(ANN, 7)
    ids.record(BASIC, 9)

    assert [9, 9, 9] == [ids.last(chat) for chat in (ANN, BOB, BASIC)]
    assert [8, 10, 11] == list(islice(ids.candidates(BOB, 7, 9), 3))


def test_each_supergroup_counts_its_own():
    ids = MessageIds()
    ids.record(SUPER, 100)

    assert (100, 0, 0) == (ids.last(SUPER), ids.last(OTHER), ids.last(ANN))
    assert 8 == next(ids.candidates(OTHER, 7, 9))


def test_what_is_known_from_elsewhere_is_not_looked_at_either():
    ids = MessageIds()
    ids.record(SUPER, 8)

    assert [10, 11] == list(islice(ids.candidates(SUPER, 7, 9, {9}), 2))


def test_what_stands_in_chats_that_are_counted_together_is_known_in_all_of_them():
    known = {BOB: {"7"}, BASIC: {"8"}, SUPER: {"9"}, OTHER: {"10"}}

    assert [{7, 8}, {9}] == [known_ids(known, chat) for chat in (ANN, SUPER)]
    assert {7, 8} == known_ids(known, BASIC)


@given(taken=st.sets(st.integers(1, 60)), after=st.integers(0, 60), others=st.sets(st.integers(1, 60)))
def test_only_a_few_are_looked_at_and_never_one_that_is_known(taken, after, others):
    ids = MessageIds()
    for message in taken:
        ids.record(ANN, message)
    looked_at = list(ids.candidates(BOB, after, 6, others))

    assert 6 <= len(looked_at) <= LOOKED_AT_BELOW
    assert all(message < max(taken) for message in looked_at[6:])
    assert looked_at == sorted(looked_at)
    assert all(message > after for message in looked_at)
    assert not (taken | others) & set(looked_at)
    passed_over = set(range(after + 1, looked_at[-1])) - set(looked_at)
    assert passed_over <= taken | others


def test_what_is_somebodys_for_sure_is_looked_at_too():
    ids = MessageIds()
    ids.record(BOB, 7)
    assert [8, 9] == list(ids.candidates(ANN, 7, 2))

    ids.record(BOB, 12)
    assert [8, 9, 10, 11] == list(ids.candidates(ANN, 7, 2))


def test_those_searched_for_are_counted_by_sequence_while_they_are():
    ids = MessageIds()
    with ids.searching(ANN), ids.searching(BASIC), ids.searching(SUPER):
        assert [2, 2, 1, 0] == [ids.searched(chat) for chat in (ANN, BOB, SUPER, OTHER)]

    assert {} == ids._searches
    assert 0 == ids.searched(ANN)


def test_old_ids_are_forgotten():
    ids = MessageIds()
    for message in range(KNOWN_MOST + 1):
        ids.record(ANN, message)

    assert 0 == next(ids.candidates(ANN, -1, 9))
    assert KNOWN_MOST == ids.last(ANN)


def test_of_too_many_supergroups_those_heard_of_longest_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr(lost_sends, "KNOWN_MOST_IN_ALL", 10)
    ids = MessageIds()
    for chat in (*range(4), 0, *range(4, 6)):
        for message in (7, 8):
            ids.record(f"-100{chat}", message)

    assert [8, 0, 8, 8, 8, 8] == [ids.last(f"-100{chat}") for chat in range(6)]
    assert 10 == ids._known == sum(len(counter.taken) for counter in ids._counters.values())
