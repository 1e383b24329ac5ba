"""A Slack, what was accepted of it, and the adapter between them."""

import pytest

from simulators.slack import Slack
from tests.wire.slack.harness import RecordingAccept, listening


@pytest.fixture
async def slack():
    """A Slack as it is."""
    async with Slack() as slack:
        yield slack


@pytest.fixture
def heard():
    """What was accepted."""
    return RecordingAccept()


@pytest.fixture
async def adapter(slack, heard):
    """The adapter, listening by sockets."""
    async with listening(slack, heard) as adapter:
        yield adapter
