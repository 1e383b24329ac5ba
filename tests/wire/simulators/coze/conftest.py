"""A Coze of each flavour, an HTTP client, and Coze's own client library."""

import aiohttp
import pytest
from cozepy import AsyncCoze, AsyncTokenAuth
from cozepy.request import AsyncHTTPClient

from simulators.coze import TOKEN, Coze


@pytest.fixture
async def coze():
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
async def http():
    """A client that shows a right token."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        yield session


@pytest.fixture
async def official(coze):
    """Coze's own client library."""
    async with AsyncHTTPClient() as transport:
        yield AsyncCoze(auth=AsyncTokenAuth(TOKEN), base_url=coze.url, http_client=transport)
