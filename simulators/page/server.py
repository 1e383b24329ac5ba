"""
The demo's web page: one person plays the people of Telegram and Slack, side by side.

    async with Telegram() as telegram, Slack() as slack, Page(telegram, slack) as page:
        print(page.url)

What is said there goes through the simulators, as if typed in the real clients; what the bot does is streamed back.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from simulators.page.console import Console, ConsolePane
from simulators.page.demo_people import DemoPeople, Wish
from simulators.page.feed import Feed
from simulators.page.view import slack_view, telegram_toasts, telegram_view
from simulators.server import Simulator
from simulators.slack import Message, Slack
from simulators.telegram import Telegram

Json = dict[str, Any]

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
PANELESS = ('<body data-console="here">', "<body>")
MIMES = {"photos": "image/jpeg", "voice": "audio/ogg"}  #: of what Telegram says nothing more about, by its folder
PATIENCE = 10.0  #: seconds for a request of a few words to arrive


class Page(Simulator):
    """The page, open at `url` inside an ``async with`` block; *telegram* and *slack* may be opened before or after."""

    def __init__(self, telegram: Telegram, slack: Slack, *, port: int = 0, console: Console | None = None) -> None:
        super().__init__(port=port)
        self._pane = ConsolePane(console) if console else None
        self.telegram, self.slack = telegram, slack
        self.people = DemoPeople(telegram, slack)
        self.feed = Feed(self._look)
        self._whispers: list[Message] = []
        telegram.listen(self.feed.touch)
        slack.listen(self._slack_changed)

    def routes(self, app: web.Application) -> None:
        """The page itself, what it is told, and what it asks for."""
        app.on_response_prepare.append(_harden)
        app.router.add_get("/", self._index)
        app.router.add_static("/static", STATIC)
        app.router.add_get("/feed", self.feed.serve)
        app.router.add_post("/say", self._say)
        app.router.add_post("/press", self._press)
        app.router.add_get("/files/{platform}/{file}", self._file)
        if self._pane:
            self._pane.routes(app)

    async def __aenter__(self) -> Self:
        self.feed.reopen()
        if self._pane:
            await self._pane.__aenter__()
        return await super().__aenter__()

    async def closing(self) -> None:
        """Let the open pages go."""
        self.feed.close()
        if self._pane:
            await self._pane.__aexit__()

    def _look(self) -> dict[str, Json]:
        """Every place as it looks now."""
        chats = {
            f"telegram-{name}": telegram_view(self.telegram, chat, self.people.topics.get(name))
            for name, chat in self.people.chats.items()
        }
        channels = {
            f"slack-{name}": slack_view(self.slack, channel, self._whispers)
            for name, channel in self.people.channels.items()
        }
        views = {"slack-home": self.people.home(), "slack-form": self.people.form()}
        toasts = {"telegram-toasts": telegram_toasts(self.telegram)}
        return {"cast": self.people.introduction(), **chats, **channels, **toasts, **views}

    def _slack_changed(self) -> None:
        """Give what only one person sees its place among what everybody sees."""
        for said in self.slack.ephemerals[len(self._whispers) :]:
            whisper = Message(
                channel=said.channel,
                ts=self.slack.world.stamp(),
                thread_ts=said.thread_ts,
                user=said.user,
                bot=False,
                team=self.slack.team,
                text=said.text,
                blocks=said.blocks,
            )
            self._whispers.append(whisper)
        self.feed.touch()

    async def _index(self, _request: web.Request) -> web.Response:
        text = (STATIC / "index.html").read_text(encoding="utf-8")
        return web.Response(text=text if self._pane else text.replace(*PANELESS), content_type="text/html")

    async def _say(self, request: web.Request) -> web.Response:
        return await _granted(request, self.people.say)

    async def _press(self, request: web.Request) -> web.Response:
        return await _granted(request, self.people.press)

    async def _file(self, request: web.Request) -> web.Response:
        """A file somebody sent."""
        key = request.match_info["file"]
        if request.match_info["platform"] == "telegram" and (upload := self.telegram.world.files.get(key)):
            return _download(upload.data, upload.mime or MIMES.get(upload.path.partition("/")[0], ""))
        if request.match_info["platform"] == "slack" and (shared := self.slack.world.files.get(key)):
            return _download(shared.data, shared.mimetype)
        raise web.HTTPNotFound


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


async def _granted(request: web.Request, grant: Callable[[Wish], str | None]) -> web.Response:
    """What became of a wish; JSON only, which no foreign page may post here without being asked first."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(PATIENCE):
            wish = Wish.read(await request.json())
        return web.json_response({"id": grant(wish)})
    except (TypeError, ValueError, LookupError) as wrong:
        return web.json_response({"error": str(wrong)}, status=400)


def _download(data: bytes, mime: str) -> web.Response:
    """A picture is shown and a voice is heard; anything else is only saved, as it could be a page with scripts."""
    if mime in ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/ogg"):
        return web.Response(body=data, content_type=mime)
    return web.Response(
        body=data, content_type="application/octet-stream", headers={"Content-Disposition": "attachment"}
    )
