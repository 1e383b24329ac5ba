"""Slack's small methods: who am I, who are you, what was said here; reactions."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from simulators.slack.model import Answer, Channel, Message, Params, Refusal
from simulators.slack.world import World, truthy

_REACTION = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")


class Lookups:
    """Reads of the workspace, and the writes that are as small."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.methods = {
            "auth.test": self.me,
            "conversations.history": self.history,
            "conversations.info": self.about,
            "conversations.members": self.members,
            "conversations.open": self.open,
            "conversations.replies": self.replies,
            "reactions.add": self.react,
            "reactions.remove": self.unreact,
            "team.info": self.team,
            "usergroups.list": self.user_groups,
            "users.info": self.person,
        }

    def me(self, _params: Params) -> Answer:
        """Whose token this is."""
        world = self._world
        names = {"url": "https://sim.slack.com/", "team": "Sim", "user": "coze", "is_enterprise_install": False}
        return names | {"team_id": world.team, "user_id": world.bot_user, "bot_id": world.bot_id}

    def team(self, _params: Params) -> Answer:
        """The workspace."""
        return {"team": {"id": self._world.team, "name": "Sim", "domain": "sim"}}

    def history(self, params: Params) -> Answer:
        """What stands in a channel, newest first, without what is inside threads."""
        channel = self._readable(params)
        standing = [m for m in self._world.standing[channel.id] if m.thread_ts in (None, m.ts) or m.subtype]
        return self._page(reversed(standing), params, most=100)

    def replies(self, params: Params) -> Answer:
        """A thread, its root first."""
        channel = self._readable(params)
        asked = self._world.by_ts.get(str(params["ts"]))
        if asked is None or asked.channel != channel.id:
            raise Refusal("thread_not_found")
        return self._page(self._world.thread(channel.id, asked.thread_ts or asked.ts), params, most=1000)

    def about(self, params: Params) -> Answer:
        """A channel."""
        channel = self._world.channel(params["channel"])
        others = [member for member in channel.members if member != self._world.bot_user]
        about = {
            "id": channel.id,
            "name": channel.name,
            "is_channel": channel.type == "channel",
            "is_group": channel.type == "group",
            "is_im": channel.type == "im",
            "is_mpim": channel.type == "mpim",
            "is_private": channel.type != "channel",
            "is_archived": channel.archived,
            "is_member": self._world.bot_user in channel.members,
            "context_team_id": self._world.team,
        }
        return {"channel": about | ({"user": others[0]} if channel.type == "im" else {})}

    def members(self, params: Params) -> Answer:
        """Who is in a channel."""
        channel = self._world.channel(params.get("channel"))
        return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}

    def open(self, params: Params) -> Answer:
        """The direct message with one person or several."""
        users = [user for user in str(params.get("users") or "").split(",") if user]
        if not users or any(user not in self._world.people for user in users):
            raise Refusal("user_not_found" if users else "users_list_not_supplied")
        return {"channel": {"id": self._world.direct(*users).id}}

    def person(self, params: Params) -> Answer:
        """Somebody's account."""
        person = self._world.people.get(params["user"])
        if person is None:
            raise Refusal("user_not_found")
        profile = {"real_name": person.name, "display_name": person.name}
        user: Answer = {"id": person.id, "team_id": person.team, "name": person.name, "real_name": person.name}
        user |= {"profile": profile, "is_bot": person.bot, "deleted": False, "tz": "Europe/Berlin", "tz_offset": 3600}
        return {"user": user | ({"locale": person.locale} if truthy(params, "include_locale") else {})}

    def user_groups(self, params: Params) -> Answer:
        """All user groups of the workspace, which the token of an organisation has to name."""
        if self._world.org_wide and not params.get("team_id"):
            raise Refusal("missing_argument")
        if params.get("team_id", self._world.team) != self._world.team:
            raise Refusal("team_not_found")
        groups = self._world.user_groups.items()
        return {"usergroups": [{"id": key, "handle": handle, "name": handle} for key, handle in groups]}

    def react(self, params: Params) -> Answer:
        """Put an emoji under a message."""
        message, reaction = self._reaction(params)
        if reaction in message.reactions:
            raise Refusal("already_reacted")
        message.reactions.add(reaction)
        return {}

    def unreact(self, params: Params) -> Answer:
        """Take the emoji away."""
        message, reaction = self._reaction(params)
        if reaction not in message.reactions:
            raise Refusal("no_reaction")
        message.reactions.discard(reaction)
        return {}

    def _readable(self, params: Params) -> Channel:
        channel = self._world.channel(params.get("channel"))
        if self._world.bot_user not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def _page(self, messages: Iterable[Message], params: Params, *, most: int) -> Answer:
        """One page of *messages* between ``oldest`` and ``latest``; the cursor counts what was read."""
        limit, start = _number(params.get("limit"), most), _number(params.get("cursor"), 0)
        if not 1 <= limit <= 1000:
            raise Refusal("invalid_limit")
        oldest, latest = _moment(params.get("oldest"), "0"), _moment(params.get("latest"), "Infinity")
        inclusive = truthy(params, "inclusive")
        inside = [
            m
            for m in messages
            if oldest < Decimal(m.ts) < latest
            or (inclusive and Decimal(m.ts) in (oldest, latest))
            or m.ts == params.get("ts")
        ]
        more = start + limit < len(inside)
        wire = [self._wire(m, params) for m in inside[start : start + limit]]
        cursor = {"next_cursor": str(start + limit) if more else ""}
        return {"messages": wire, "has_more": more, "response_metadata": cursor}

    def _wire(self, message: Message, params: Params) -> Answer:
        wire = message.wire(self._world.bot_id, metadata=truthy(params, "include_all_metadata"))
        if replies := self._world.threads.get((message.channel, message.ts)):
            wire |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
        return wire

    def _reaction(self, params: Params) -> tuple[Message, tuple[str, str]]:
        if not _REACTION.fullmatch(params["name"]):
            raise Refusal("invalid_name")
        message = self._world.message(self._world.writable(params["channel"]), params["timestamp"])
        return message, (params["name"], self._world.bot_user)


def _number(value: object, otherwise: int) -> int:
    if value in (None, ""):
        return otherwise
    if not str(value).isdigit():
        raise Refusal("invalid_arguments")
    return int(str(value))


def _moment(value: object, otherwise: str) -> Decimal:
    try:
        return Decimal(str(value or otherwise))
    except InvalidOperation as error:
        raise Refusal("invalid_ts_latest") from error
