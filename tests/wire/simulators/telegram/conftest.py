"""A Telegram with two bots, one of its client libraries, a person, and their chat."""

import pytest

from simulators.telegram import TOKEN, Telegram
from tests.wire.simulators.telegram.harness import OTHER, client


@pytest.fixture
async def tg(monkeypatch):
    """A Telegram with two bots, whose seconds are short."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with Telegram(tokens={TOKEN: "testbot", OTHER: "otherbot"}) as tg:
        tg.time_scale = 0.01
        yield tg


@pytest.fixture
async def bot(tg):
    """Telegram's client library, as one of its bots."""
    async with client(tg) as bot:
        yield bot


@pytest.fixture
def ann(tg):
    """A person with a name of her own."""
    return tg.person("Ann", username="ann")


@pytest.fixture
def chat(tg, ann):
    """The chat in which she is alone with the bot."""
    return tg.private(ann)
