"""
What happens, as one event stream per open page.

However much changes, a page is told at most thirty times a second, and only of the places that look different now.
Some of what it shows ends by itself, so it is looked at once a second even if nothing happens.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

Json = dict[str, Any]

FRAME = 1 / 30  #: seconds between two looks at a busy world
TICK = 1.0  #: seconds between two looks at a quiet one
PATIENCE = 10.0  #: seconds a page may take to read what it is told; it comes back by itself


class Feed:
    """The open pages; *look* gives what each place shows, by its name."""

    def __init__(self, look: Callable[[], dict[str, Json]]) -> None:
        self._look = look
        self._open = True
        self._pages: set[asyncio.Event] = set()

    def touch(self) -> None:
        """Something changed, so look again soon."""
        for page in self._pages:
            page.set()

    def close(self) -> None:
        """Let all pages go."""
        self._open = False
        self.touch()

    def reopen(self) -> None:
        """Take pages again."""
        self._open = True

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Tell one page until it leaves."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        changed = asyncio.Event()
        self._pages.add(changed)
        try:
            with contextlib.suppress(ConnectionError, TimeoutError):
                await self._tell(response, changed)
        finally:
            self._pages.discard(changed)
        return response

    async def _tell(self, response: web.StreamResponse, changed: asyncio.Event) -> None:
        shown: dict[str, str] = {}
        while self._open:
            changed.clear()
            news = "".join(self._news(shown)) or ":\n\n"  # the comment finds out whether the page is still there
            async with asyncio.timeout(PATIENCE):
                await response.write(news.encode())
            await asyncio.sleep(FRAME)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), TICK)

    def _news(self, shown: dict[str, str]) -> list[str]:
        """The events that bring a page from *shown* to what there is now."""
        now = {name: json.dumps(view) for name, view in self._look().items()}
        news = [f"event: {name}\ndata: {view}\n\n" for name, view in now.items() if shown.get(name) != view]
        shown.update(now)
        return news
