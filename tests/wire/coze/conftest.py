"""A Coze of each flavour, which writes as fast as it can, and a bot there."""

import pytest

from simulators.coze import Coze
from tests.wire.coze.harness import connected


@pytest.fixture(params=["cloud", "studio"])
async def coze(request):
    """Both flavours of Coze, which write as fast as they can."""
    async with Coze(flavour=request.param) as server:
        server.every = 0
        yield server


@pytest.fixture
async def cloud():
    """The cloud's Coze, which writes as fast as it can."""
    async with Coze() as server:
        server.every = 0
        yield server


@pytest.fixture
async def studio():
    """Coze Studio, which writes as fast as it can."""
    async with Coze(flavour="studio") as server:
        server.every = 0
        yield server


@pytest.fixture
async def bot(request):
    """A bot of the server that the test asks for."""
    server = next(request.getfixturevalue(name) for name in ("coze", "cloud", "studio") if name in request.fixturenames)
    async with connected(server) as it:
        yield it
