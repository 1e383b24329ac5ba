"""What the console's curves are drawn from is a day long."""

from bridge.web.history import KEPT, History


def test_the_minutes_of_the_last_day_are_kept() -> None:
    history = History()
    for minute in range(KEPT + 5):
        history.sample(60.0 * minute)
    kept = history.last(KEPT + 5, 1)

    assert [60.0 * minute for minute in range(5, KEPT + 5)] == [minute.at for minute in kept]
