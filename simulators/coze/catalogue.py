"""What a token can see: its workspaces and the bots in them. The cloud alone tells; Studio has no such calls."""

import time
from typing import Any

from simulators.coze.requests import ApiRequest
from simulators.coze.rules import need
from simulators.coze.turns import Turns

_STATUSES = frozenset({"all", "published_online", "published_draft", "unpublished_draft"})
_MOST_WORKSPACES = 50
API_CHANNEL = "1024"


class Catalogue(Turns):
    """The part of Coze that lists."""

    def list_workspaces(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/workspaces``: https://docs.coze.cn/developer_guides/list_workspace."""
        start, size = _page(asked, most=_MOST_WORKSPACES)
        spaces = [
            {
                "id": id_,
                "name": name,
                "icon_url": "",
                "role_type": "owner",
                "workspace_type": "personal",
                "enterprise_id": "",
            }
            for id_, name in self.workspaces.items()
        ]
        return {"workspaces": spaces[start : start + size], "total_count": len(spaces)}

    def list_bots(self, asked: ApiRequest) -> dict[str, Any]:
        """``GET /v1/bots``: https://docs.coze.cn/developer_guides/bots_list_draft_published."""
        need(asked.query.get("workspace_id") in self.workspaces, 4200)
        status = asked.query.get("publish_status") or "published_online"
        need(status in _STATUSES)
        online = (self.bots or set()) - self.unpublished
        channel = asked.query.get("connector_id") or API_CHANNEL
        shown = {
            "all": online | self.unpublished,
            "published_online": online if channel == API_CHANNEL else set(),
            "published_draft": set(),
            "unpublished_draft": self.unpublished,
        }[status]
        start, size = _page(asked, most=50)
        items = [self._item(bot_id) for bot_id in sorted(shown)]
        return {"items": items[start : start + size], "total": len(items)}

    def _item(self, bot_id: str) -> dict[str, Any]:
        now, published = int(time.time()), bot_id not in self.unpublished
        item = {"id": bot_id, "name": self.name_of(bot_id), "description": "", "icon_url": "", "updated_at": now}
        item |= {"is_published": published, "owner_user_id": "2478774393541633"}
        return item | ({"published_at": now} if published else {})


def _page(asked: ApiRequest, *, most: int) -> tuple[int, int]:
    """The first item of the page that is wanted, and how many."""
    number, size = asked.query.get("page_num") or "1", asked.query.get("page_size") or "20"
    need(number.isdecimal() and size.isdecimal() and 1 <= int(size) <= most and int(number) >= 1)
    return (int(number) - 1) * int(size), int(size)
