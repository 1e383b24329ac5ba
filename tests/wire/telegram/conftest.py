"""A Telegram in a hurry, and answers that may grow as fast as they like."""

import pytest

from adapters.telegram.shared import Rhythm
from simulators.telegram import Telegram
from tests.wire.telegram.library import unknown_in_call


@pytest.fixture
async def telegram():
    """A Telegram whose seconds are short; whatever it is asked for, its own client library could ask for, too."""
    async with Telegram() as telegram:
        telegram.time_scale = 0.01
        yield telegram
    assert [] == [name for call in telegram.calls for name in unknown_in_call(call)]


@pytest.fixture
def _eager(monkeypatch):
    """Answers that may grow as often as somebody wishes."""
    for name, by_drafts in (("DRAFTS", True), ("GROUP_EDITS", False)):
        rhythm = Rhythm(every=0.0, slowest=0.0, by_drafts=by_drafts)
        monkeypatch.setattr(f"adapters.telegram.shared.{name}", rhythm)
