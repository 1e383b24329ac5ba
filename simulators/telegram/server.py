"""
A Telegram on loopback: the Bot API as bots use it, and people who talk to them.

    async with Telegram() as telegram:
        ann = telegram.person("Ann")
        telegram.says(ann, "how are you?")
        await telegram.until(lambda: telegram.bot_texts(telegram.private(ann)))

Where Telegram is known to be strict, so is this: a refusal here is a refusal there, in the same words.
What it does not play: a webhook's answer is not read as a call, overlapping entities stay as they were sent,
an update does not grow old, and links are not made out in what bots write.
"""

import asyncio
import inspect
import json
from typing import Any, Self

from aiohttp import web

from simulators.server import Fault, cut_off
from simulators.telegram import account, media, sending
from simulators.telegram.account import Account
from simulators.telegram.flood import Flood
from simulators.telegram.params import parameters
from simulators.telegram.people import People
from simulators.telegram.refused import PREFIXES, Refused, flooded

TOKEN = "123456:TEST-TOKEN-of-the-simulator-0123456789"  # noqa: S105 - opens nothing but this simulator

#: The methods there are; Telegram does not care how their names are capitalised.
METHODS = {
    method.__name__.replace("_", ""): method
    for method in (
        account.answer_callback_query,
        account.close,
        account.delete_my_commands,
        account.delete_webhook,
        account.get_chat,
        account.get_chat_member,
        account.get_me,
        account.get_my_commands,
        account.get_updates,
        account.get_webhook_info,
        account.leave_chat,
        account.log_out,
        account.set_my_commands,
        account.set_webhook,
        media.get_file,
        media.send_audio,
        media.send_document,
        media.send_media_group,
        media.send_photo,
        media.send_voice,
        sending.delete_message,
        sending.edit_message_caption,
        sending.edit_message_reply_markup,
        sending.edit_message_text,
        sending.send_chat_action,
        sending.send_message,
        sending.send_message_draft,
        sending.send_rich_message,
        sending.set_message_reaction,
    )
}


class Telegram(People):
    """Telegram's servers for the bots in *tokens*, which maps each token to the bot's name."""

    def __init__(self, *, port: int = 0, tokens: dict[str, str] | None = None) -> None:
        super().__init__(port=port, tokens=tokens or {TOKEN: "testbot"})
        self.flood: Flood | None = None  #: the limits to enforce; faults are there for a single refusal
        first = self.bot()
        self.token, self.bot_id, self.username = first.token, first.id, str(first.person.username)

    def routes(self, app: web.Application) -> None:
        """The two paths of the Bot API."""
        app.router.add_route("*", "/bot{token}/{method}", self._api)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for bot in self.accounts.values():
            await bot.updates.hook(bot.updates.webhook)
        return self

    async def closing(self) -> None:
        """Stop delivering to webhooks."""
        for bot in self.accounts.values():
            if bot.updates.webhook is not None:
                await bot.updates.webhook.close()

    async def _api(self, request: web.Request) -> web.Response:
        """One call of one method."""
        name = request.match_info["method"]
        params: dict[str, Any] = {}
        fault = None
        try:
            bot = self._who(request.match_info["token"])
            params = await parameters(request)
            fault = self.faults.take(name, params)
            if fault is not None and fault.delay:
                await asyncio.sleep(fault.delay)
            if fault is not None and not fault.apply:
                self.record(name, params, ok=False)
                return _spoilt(request, fault)
            answer, status, headers = await self._answer(bot, name, params)
        except Refused as refusal:
            self.record(name, params, ok=False)
            return _refusal(refusal)
        if fault is not None:
            return _spoilt(request, fault)
        return web.Response(body=answer, status=status, headers=headers, content_type="application/json")

    def _who(self, token: str) -> Account:
        bot = self.accounts.get(token)
        if bot is None:
            number, _, secret = token.partition(":")
            raise Refused(status=401 if number.isdigit() and len(secret) >= 30 else 404)
        return bot

    async def _answer(self, bot: Account, name: str, params: dict[str, Any]) -> tuple[bytes, int, dict[str, str]]:
        """Do what is asked, and say how it went; a poll counts as a call from when it begins to wait."""
        method = METHODS.get(name.lower())
        polls = name.lower() == "getupdates"
        if polls:
            self.record(name, params, ok=bot.updates.webhook is None)
        try:
            result = await self._do(bot, method, name.lower(), params)
        except Refused as refusal:
            if not polls:
                self.record(name, params, ok=False)
            return json.dumps(refusal.body()).encode(), refusal.status, _headers(refusal)
        if polls:
            self.changed()
        else:
            self.record(name, params, ok=True)
        return json.dumps({"ok": True, "result": result}).encode(), 200, {}

    async def _do(self, bot: Account, method: Any, name: str, params: dict[str, Any]) -> Any:
        if method is None:
            raise Refused("method not found", status=404)
        if bot.logged_out:
            raise Refused("Logged out")
        if self.flood is not None and (seconds := self.flood.wait(bot.id, name, params, self.world.now())):
            raise flooded(seconds)
        result = method(bot, params)
        return await result if inspect.isawaitable(result) else result

    async def _download(self, request: web.Request) -> web.Response:
        """A file by the path `getFile` gave."""
        path = request.match_info["path"]
        fault = self.faults.take("download", {"path": path})
        self.record("download", {"path": path}, ok=fault is None)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            return _spoilt(request, fault)
        file = media.by_path(self.world, path) if request.match_info["token"] in self.accounts else None
        if file is None:
            return _refusal(Refused(status=404))
        return web.Response(body=file.data, content_type=file.mime or "application/octet-stream")


def _headers(refusal: Refused) -> dict[str, str]:
    wait = refusal.parameters.get("retry_after")
    return {} if wait is None else {"Retry-After": str(wait)}


def _refusal(refusal: Refused) -> web.Response:
    return web.json_response(refusal.body(), status=refusal.status, headers=_headers(refusal))


def _spoilt(request: web.Request, fault: Fault) -> web.Response:
    """The answer a test has ordered; nobody gets to read it if the connection is cut."""
    if fault.cut:
        cut_off(request, fault)
        return web.Response()
    if fault.body is not None:
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)
    if fault.status == 429:
        return _refusal(flooded(int(fault.headers.get("Retry-After", "1"))))
    if fault.status in (502, 504):  # these come from the machine in front, which speaks no JSON
        page = (
            f"<html><head><title>{fault.status} {PREFIXES.get(fault.status, 'Gateway Time-out')}</title></head></html>"
        )
        return web.Response(text=page, status=fault.status, content_type="text/html", headers=fault.headers)
    return web.json_response(Refused(status=fault.status).body(), status=fault.status, headers=fault.headers)
