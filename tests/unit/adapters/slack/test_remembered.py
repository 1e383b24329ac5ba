"""What was learnt of a platform's things is bounded in number and in time."""

import pytest

from adapters.slack.remembered import Remembered


@pytest.fixture
def clock():
    """The time, in a list, so that a test may change it."""
    return [0.0]


@pytest.fixture
def names(clock):
    """What remembers three names, for a minute of `clock`."""
    return Remembered(most=3, seconds=60.0, clock=lambda: clock[0])


def test_so_many_are_kept_and_the_oldest_goes(names):
    for number in range(5):
        names[str(number)] = f"name {number}"
    names["3"] = "another"

    assert {"2": "name 2", "4": "name 4", "3": "another"} == dict(names)
    assert 3 == len(names)


def test_after_its_time_it_is_not_known_any_more(names, clock):
    names["a"] = "Ann"
    clock[0] = 59.0
    assert "Ann" == names["a"]
    clock[0] = 60.0

    assert {} == dict(names)
    with pytest.raises(KeyError):
        names["a"]
