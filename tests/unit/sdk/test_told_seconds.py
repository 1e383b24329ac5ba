"""However a far side writes how long it wants us to wait."""

import pytest

from bridge.sdk.told_seconds import told_seconds


@pytest.mark.parametrize(("said", "seconds"), [(7, 7.0), (0, 0.0), ("7", 7.0), (" 1.5 ", 1.5), (2.5, 2.5)])
def test_seconds_are_read(said, seconds):
    assert seconds == told_seconds(said)


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "soon",
        "Wed, 21 Oct 2026 07:28:00 GMT",
        -1,
        "-1",
        "inf",
        "nan",
        10**400,
        True,
        [7],
        {"seconds": 7},
        "七",
    ],
)
def test_anything_else_is_none(said):
    assert told_seconds(said) is None
