"""Adapters that fail to open again and again are opened ever less often; who mends a file is not kept waiting."""

import pytest

from bridge.parts.opening_pace import FORGOTTEN, LONGEST_PAUSE, OpeningPace


@pytest.fixture
def pace():
    """One that has counted nothing yet."""
    return OpeningPace()


def opened(pace, *failures, every=0.0, now=1000.0):
    """The waits behind openings that *failed* or not, each so many seconds after the one before was allowed."""
    waits = []
    for failed in failures:
        pace.count_opening(now, failed=failed)
        waits.append(pace.time_left(now))
        now += waits[-1] + every
    return waits


def test_who_mistypes_a_token_twice_waits_for_nothing(pace):
    assert [0.0, 0.0] == opened(pace, True, True)


def test_the_pauses_grow_to_a_bound(pace):
    assert [0, 0, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE] == opened(pace, *[True] * 7)


def test_one_that_opens_makes_a_new_beginning(pace):
    assert [0, 0, 2, 0, 0, 0, 2] == opened(pace, True, True, True, False, True, True, True)


def test_failures_of_long_ago_do_not_count(pace):
    assert [0.0] * 5 == opened(pace, *[True] * 5, every=FORGOTTEN + 1)


def test_a_pause_passes(pace):
    opened(pace, True, True, now=1000.0)
    pace.count_opening(1000.0, failed=True)

    assert (2.0, 0.5, 0.0) == (pace.time_left(1000.0), pace.time_left(1001.5), pace.time_left(1003.0))
