"""Slack's ``response_url``: five answers to a command or a button within half an hour."""

import contextlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from simulators.server import Faults
from simulators.slack.api import spoil
from simulators.slack.model import Ephemeral, Message, Params, Refusal, Response
from simulators.slack.rules import POST_TEXT_LIMIT, content
from simulators.slack.world import World

_USES = 5
_LIFETIME = 1800.0


@dataclass(slots=True, kw_only=True)
class _Address:
    channel: str
    user: str
    message: Message | None
    opened_at: float
    uses: int = 0


class Responses:
    """The addresses given out, and what came back through them."""

    def __init__(self, world: World, faults: Faults, record: Callable[[str, Params, bool], None]) -> None:
        self.world, self._faults, self._record = world, faults, record
        self._addresses: dict[str, _Address] = {}
        self._numbers = itertools.count(1)
        self.others: list[Responses] = []  #: of further workspaces on this server

    def address(self, channel: str, user: str, message: Message | None = None) -> str:
        """A fresh address that answers *user* in *channel*, about *message* if a button was pressed on it."""
        key = f"{self.world.team}-{next(self._numbers):06}"
        self._addresses[key] = _Address(channel=channel, user=user, message=message, opened_at=time.monotonic())
        return f"{self.world.url}/respond/{key}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Take one answer, for whichever workspace gave the address."""
        team = request.match_info["key"].partition("-")[0]
        return await next((other for other in self.others if other.world.team == team), self).take(request)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one answer."""
        body: Params = await request.json()
        if fault := self._faults.take("response_url", body):
            self._record("response_url", body, False)
            return spoil(fault, request)
        address = self._addresses.get(request.match_info["key"])
        if address is None or address.uses >= _USES or time.monotonic() - address.opened_at > _LIFETIME:
            self._record("response_url", body, False)
            return web.json_response(
                {"ok": False, "error": "expired_url" if address is None else "used_url"}, status=404
            )
        address.uses += 1
        try:
            self._apply(address, body)
        except Refusal as refusal:
            self._record("response_url", body, False)
            return web.json_response(refusal.answer, status=400)
        self._record("response_url", body, True)
        return web.Response(text="ok")

    def acknowledged(self, channel: str, user: str, body: Params) -> None:
        """A command's acknowledgement said something."""
        with contextlib.suppress(Refusal):  # an app is not told that its words could not be shown
            self._show(channel, user, body)
        self.world.responses.append(Response(channel=channel, user=user, body=body, acknowledgement=True))

    def _apply(self, address: _Address, body: Params) -> None:
        message = address.message
        if message and body.get("delete_original"):
            self.world.remove(message)
        elif message and body.get("replace_original"):
            shown = content(body, limit=POST_TEXT_LIMIT)
            message.markdown, message.blocks = shown.markdown, shown.blocks
            message.edits += 1
            self.world.amend(message, shown.text)
        else:
            self._show(address.channel, address.user, body)
        self.world.responses.append(Response(channel=address.channel, user=address.user, body=body))

    def _show(self, channel: str, user: str, body: Params) -> None:
        shown = content(body, limit=POST_TEXT_LIMIT)
        thread = body.get("thread_ts")
        if body.get("response_type") == "in_channel":
            place = self.world.channels[channel]
            self.world.post(place, thread_ts=thread, text=shown.text, markdown=shown.markdown, blocks=shown.blocks)
            return
        self.world.ephemerals.append(
            Ephemeral(channel=channel, thread_ts=thread, user=user, text=shown.text, blocks=shown.blocks)
        )
