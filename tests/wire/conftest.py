"""The daemon among its simulators, for whatever calls it by HTTP."""

import pytest

from simulators.coze import Coze
from simulators.slack import Slack
from simulators.telegram import Telegram
from tests.wire.house import House


@pytest.fixture
async def platforms():
    """Coze, Telegram and Slack as simulated, in a hurry."""
    async with Coze() as coze, Telegram() as telegram, Slack() as slack:
        coze.every = 0.001
        telegram.time_scale = slack.time_scale = 0.1
        yield coze, telegram, slack


@pytest.fixture
async def house(tmp_path, platforms):
    """The daemon in this process among them, ready; Slack calls it by HTTP."""
    async with House(tmp_path, *platforms).living() as house:
        house.slack.events_url = f"{house.url}/webhooks/acme"
        yield house
