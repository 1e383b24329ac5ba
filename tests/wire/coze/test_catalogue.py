"""The lists that a token can see: as the official client reads them, and as we do."""

import pytest
from cozepy import AsyncCoze, AsyncTokenAuth
from cozepy.request import AsyncHTTPClient

from bridge.coze.auth import StaticToken
from bridge.coze.catalogue import published
from bridge.coze.inquiry import Inquiry
from bridge.sdk.errors import Refused, Unauthorised
from simulators.coze import BOT, TOKEN, Coze

OTHER = "7379462189365190001"


@pytest.fixture
async def coze():
    """A Coze with two bots that have names."""
    async with Coze(bots=[BOT, OTHER]) as coze:
        coze.names = {BOT: "Zoe", OTHER: "Bob"}
        yield coze


async def test_the_official_client_reads_workspaces_and_bots(coze):
    async with AsyncHTTPClient() as transport:
        client = AsyncCoze(auth=AsyncTokenAuth(TOKEN), base_url=coze.url, http_client=transport)
        spaces = [space async for space in await client.workspaces.list()]
        bots = [bot async for bot in await client.bots.list(space_id=spaces[0].id, use_api_version=2)]

    assert ["Personal"] == [space.name for space in spaces]
    assert [(OTHER, "Bob", True), (BOT, "Zoe", True)] == [(bot.id, bot.name, bot.is_published) for bot in bots]


async def test_we_list_what_is_published_by_name(coze):
    coze.bots.add("7379462189365190002")
    coze.unpublished.add("7379462189365190002")
    async with Inquiry(coze.url, StaticToken(TOKEN)) as inquiry:
        found = await published(inquiry)

    assert [("Bob", OTHER), ("Zoe", BOT)] == [(bot.name, bot.id) for bot in found]


async def test_more_than_a_page_is_read_whole(coze):
    coze.bots = {str(7_379_462_189_365_200_000 + number) for number in range(120)}
    async with Inquiry(coze.url, StaticToken(TOKEN)) as inquiry:
        found = await published(inquiry)

    assert coze.bots == {bot.id for bot in found}


@pytest.mark.parametrize("scope", ["listWorkspace", "listBot"])
async def test_without_the_permission_it_says_so(coze, scope):
    coze.lacking.add(scope)
    async with Inquiry(coze.url, StaticToken(TOKEN)) as inquiry:
        with pytest.raises(Unauthorised):
            await published(inquiry)


async def test_a_studio_has_no_such_lists():
    async with Coze(flavour="studio") as studio, Inquiry(studio.url, StaticToken(TOKEN)) as inquiry:
        with pytest.raises((Unauthorised, Refused)):
            await published(inquiry)
