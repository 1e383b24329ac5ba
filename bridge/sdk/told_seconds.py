"""How long a far side asks us to wait, however it writes that."""

import math


def told_seconds(said: object) -> float | None:
    """The seconds in *said*, a number or one in digits; None for a date, as our clock and theirs may differ, or for anything else."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        seconds = float(said)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < math.inf else None
