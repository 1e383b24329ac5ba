"""A platform that comes and goes is told of once a minute for each kind of trouble; what the metric says is always exact."""

from structlog.testing import capture_logs

from bridge.sdk.metrics import ADAPTER_CONNECTED
from bridge.sdk.outages import TOLD_EVERY, Outages

GATEWAY, NAME = "502 Bad Gateway", "ClientConnectorDNSError"


def told(outages: Outages, *happens: tuple[float, str | None]) -> list[tuple[str, str | None, int | None]]:
    """What the log says after each of these came at its time: a trouble or, for None, that it is heard."""
    with capture_logs() as lines:
        for at, trouble in happens:
            if trouble is None:
                outages.note_hears()
            else:
                outages.note_failed(at, trouble, seconds=1.0)
    return [(line["event"], line.get("because"), line.get("times")) for line in lines]


def disconnected(because: str, times: int = 1) -> tuple[str, str, int]:
    return "adapter.disconnected", because, times


CONNECTED = ("adapter.connected", None, None)


def test_a_trouble_that_lasts_is_told_once():
    assert [disconnected(GATEWAY)] == told(Outages(adapter="a"), *((float(at), GATEWAY) for at in range(0, 600, 30)))


def test_one_that_comes_and_goes_is_counted_and_told_once_a_minute():
    flapping = [each for at in range(60) for each in ((float(at), GATEWAY), (at + 0.5, None))]

    assert [CONNECTED, disconnected(GATEWAY), CONNECTED] == told(outages := Outages(adapter="a"), (0, None), *flapping)
    assert [disconnected(GATEWAY, 60), CONNECTED] == told(outages, (TOLD_EVERY, GATEWAY), (TOLD_EVERY, None))


def test_each_kind_has_a_line_of_its_own():
    happens = [(0.0, GATEWAY), (1.0, NAME), (2.0, GATEWAY), (3.0, NAME)]

    assert [disconnected(GATEWAY), disconnected(NAME)] == told(Outages(adapter="a"), *happens)


def test_one_that_stays_is_told_though_it_came_within_the_minute():
    """What the log says last must not be that all is well."""
    happens = [(0.0, GATEWAY), (1.0, None), *((float(at), GATEWAY) for at in range(2, 70))]

    assert [disconnected(GATEWAY), CONNECTED, disconnected(GATEWAY, 59)] == told(Outages(adapter="a"), *happens)


def test_the_metric_is_exact_though_nothing_is_told():
    outages = Outages(adapter="exact")
    told(outages, (0.0, GATEWAY), (1.0, None), (2.0, GATEWAY))

    assert 0 == ADAPTER_CONNECTED.labels("exact")._value.get()
    told(outages, (3.0, None))
    assert 1 == ADAPTER_CONNECTED.labels("exact")._value.get()


def test_of_troubles_that_differ_each_time_those_of_the_last_minute_are_remembered():
    outages = Outages(adapter="a")
    told(outages, *((float(at // 2), f"reset of connection {at // 4}") for at in range(4000)))

    assert TOLD_EVERY >= len(outages._told_at)
    assert TOLD_EVERY >= len(outages._times)
