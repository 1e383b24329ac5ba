"""The person who looks at a page of the app, as a message without text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.directory import Directory
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Makes such messages from an event or interaction."""

    adapter: str
    directory: Directory
    team: str  #: the workspace where it happened, which is one of many where an organisation has installed the app
    home: str  #: the workspace that its person belongs to

    async def at(self, user: str, channel: str, kind: ChatType = ChatType.PRIVATE) -> Inbound:
        """A person in the place where they would write; waits for their language as long as the directory does."""
        await self.directory.learn([user])
        return Inbound(
            dedupe_keys=(),
            where=Place(adapter=self.adapter, chat=channel, workspace=self.team),
            chat_type=kind,
            author=self.directory.people.get(user) or Person(id=user),
            text="",
            address=Address.TO_US,
            reply_context={"team": self.home},
        )


def home_of(body: Mapping[str, Any], team: str) -> str:
    """The workspace that the person behind *body* belongs to; *team* if it does not tell."""
    user = body.get("user")
    told = user.get("team_id") if isinstance(user, dict) else None
    return str(told or team)
