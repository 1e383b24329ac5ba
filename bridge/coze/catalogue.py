"""The bots that a token can see, to choose one instead of typing its id."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.coze.inquiry import Inquiry
from bridge.coze.limits import PAGE_MOST

MOST_PAGES: Final = 4
"""Pages of each list that are read; beyond, the id has to be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A bot that is published to the API."""

    id: str
    name: str
    workspace: str


async def published(inquiry: Inquiry) -> list[Listed]:
    """
    The bots of every workspace that the token can see, by name; raises what Coze says is wrong.

    It needs the permissions listWorkspace and listBot, and a cloud: a Studio has neither list.
    """
    found = [
        Listed(id=str(bot["id"]), name=str(bot.get("name") or ""), workspace=str(space.get("name") or ""))
        async for space in _pages(inquiry, "/v1/workspaces", {}, "workspaces")
        async for bot in _pages(inquiry, "/v1/bots", {"workspace_id": str(space["id"])}, "items")
        if bot.get("is_published", True)
    ]
    return sorted(found, key=lambda bot: (bot.workspace, bot.name, bot.id))


async def _pages(inquiry: Inquiry, path: str, query: Mapping[str, str], key: str) -> AsyncIterator[dict[str, Any]]:
    for number in range(1, MOST_PAGES + 1):
        answer = await inquiry.ask("GET", path, query={**query, "page_num": str(number), "page_size": str(PAGE_MOST)})
        if (failure := answer.failure) is not None:
            raise failure
        data = answer.data if isinstance(answer.data, dict) else {}
        items = [item for item in data.get(key) or () if isinstance(item, dict) and item.get("id")]
        for item in items:
            yield item
        if len(items) < PAGE_MOST:
            return
