"""
What an operator reads of a story, and what was said in it: whatever the story is about, the one tells nothing of the other.

Two neighbouring words, or four ideographs, are enough to tell; one word alone may be anybody's, as one sign again and again is.
"""

import asyncio
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import aiohttp

from bridge.web.console.console import PAGES as CONSOLE
from bridge.web.console.console import STATIC
from simulators.coze import Coze
from simulators.slack import Slack
from simulators.slack.delivery import COMMANDS as SLASH_COMMANDS
from simulators.telegram import Telegram

ADMIN: Final = "the-token-of-whoever-reads-the-pages"
EXPLAINED: Final = "/console/routes?adapter=helpdesk&chat_type=private&chat=1&from=helpdesk%3A1&say=%3F"
PAGES: Final = (
    *("/healthz", "/readyz", "/metrics", "/api/status", "/api/openapi.json"),
    *(f"/console{path}" for path in CONSOLE),
    *(f"/console/static/{name}" for name in STATIC),
    EXPLAINED,
)
"""Every page there is but those of an installation, whose own stories read them."""
PRINTING: Final = (
    *(("inbox", "list", "--json"), ("sessions", "list", "--json"), ("people", "list", "--json")),
    *(("access", "list"), ("check",)),
)
"""The commands whose output an operator shows to others; `people export` is for the person alone."""

_OURS: Final = Path(__file__).parents[2] / "bridge"
_TELLING: Final = re.compile(r"(?=\b(\w+ \w+)\b)|(?=([一-鿿]{4}))")
_SHORTEST: Final = 8
"""Characters from which two words tell something."""


@contextmanager
def reserved_address() -> Iterator[str]:
    """Where a daemon can listen, as often as it is started: the port is bound meanwhile, so the system gives it to nobody else."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


async def pages(address: str, token: str, *, within: float) -> str:
    """Every page that an operator reads; of one that does not come *within* so many seconds, that it did not."""
    headers, timeout = {"Authorization": f"Bearer {token}"}, aiohttp.ClientTimeout(within)
    async with aiohttp.ClientSession(f"http://{address}", headers=headers, timeout=timeout) as session:
        return "\n".join(await asyncio.gather(*(_page(session, path) for path in PAGES)))


async def _page(session: aiohttp.ClientSession, path: str) -> str:
    try:
        async with session.get(path) as answer:
            return f"--- {path} {answer.status}\n{await answer.text()}"
    except (aiohttp.ClientError, TimeoutError):  # it hangs, or ends at this very moment
        return f"--- {path} never"


@cache
def said_by_us() -> str:
    """What stands on the pages whoever looks: the words of the templates, the static files, the API's description and the metrics."""
    sources = [
        *_OURS.glob("web/console/**/*.html"),
        *_OURS.glob("web/console/**/*.po"),
        *_OURS.glob("web/console/static/*"),
        *(_OURS / "web" / name for name in ("openapi.yaml", "api.py")),
        *_OURS.glob("sdk/*metrics*.py"),
    ]
    return "\n".join(source.read_text() for source in sources)


def secrets(telegram: Telegram, slack: Slack, coze: Coze) -> set[str]:
    """Whatever lets somebody in, at a far side or here."""
    workspaces = [slack, *slack.neighbours]
    installed = {token for one in workspaces for token in (one.bot_token, *one.api.dead)} | {
        *slack.oauth.refresh_tokens
    }
    shared = {slack.app_token, slack.signing_secret, slack.oauth.client_secret, ADMIN}
    tokens = {*telegram.accounts, *coze.tokens} | installed | shared
    return {secret for secret in tokens if secret}


def said(telegram: Telegram, slack: Slack, coze: Coze) -> Iterator[str]:
    """What people have said, as it ever stood there, and what bots have answered."""
    chats = [*telegram.world.groups.values(), *telegram.world.private.values()]
    for message in (message for chat in chats for message in chat.messages.values() if not message.sender_is_bot):
        yield from (text for _, text in message.history)
    for posted in (posted for posted in slack.world.by_ts.values() if not posted.bot):
        yield from (posted.text, *(text for _, text in posted.history))
    yield from (str(one.payload.get("text")) for one in slack.deliveries if one.kind == SLASH_COMMANDS)
    for chat in coze.chats:
        yield from (chat.question, *chat.answers)


def repeated(read: str, words: Iterable[str]) -> set[str]:
    """What is read of the *words*, in pieces that tell something."""
    return _pieces(read) & {piece for text in words for piece in _pieces(text)}


def _pieces(text: str) -> set[str]:
    found = (words or ideographs for words, ideographs in _TELLING.findall(text.casefold()))
    return {piece for piece in found if len(set(piece)) > 1 and (len(piece) >= _SHORTEST or not piece.isascii())}
