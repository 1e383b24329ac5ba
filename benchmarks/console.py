"""
`python -m benchmarks.console`: how long the console's pages take, and whether people wait for them.

Nearly all the turns that a worker has room for are at work, and a million messages, people and sessions went before.
"""

import asyncio
import itertools
import os
import secrets
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp
import aiohttp.web
import click
import uvloop

from benchmarks.attack import first_words, free_port, p95
from benchmarks.growth import grow
from benchmarks.outside import PIECES, World, world
from benchmarks.people import SlackCrowd, TelegramCrowd
from benchmarks.subject import Kind, subject
from bridge.store.database import open_database
from bridge.web.console.console import PAGES
from bridge.web.console.logins import COOKIE, Logins
from simulators.coze.script import Pause, Say, Script, Turn

HELD: Final = 499
"""Turns at work, of the 500 that a worker has room for: one place is left for who is measured."""

ROUNDS: Final = 20
"""Times that each page is asked for."""

EVERY: Final = 0.5
"""Seconds between two pages of an admin who looks at all of them in turn: a live page asks every three."""

TURNABOUTS: Final = 4
"""Times that an admin comes and goes, so that a busy moment of the machine meets both."""

HELD_WITHIN: Final = 120.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", default=1_000_000, show_default=True, help="That went before, of each kind.")
@click.option("--turns", default=HELD, show_default=True, help="At work meanwhile.")
@click.option("--seconds", default=60.0, show_default=True, help="Of each half: first alone, then with an admin.")
def main(rows: int, turns: int, seconds: float) -> None:
    """Measure each page, and people's first words without and with an admin at the console, and print two tables."""
    click.echo("\n".join(uvloop.run(_measure(rows, turns, seconds))))


async def _measure(rows: int, turns: int, seconds: float) -> list[str]:
    port, token = free_port(), secrets.token_urlsafe()
    os.environ["BENCHMARK_ADMIN_TOKEN"] = token
    with tempfile.TemporaryDirectory(prefix="coze-bridge-console-") as name:
        folder = Path(name)
        async with open_database(f"sqlite:///{folder / 'bridge.db'}") as database:
            await grow(database, rows)
        async with world(port) as outside, subject(Kind.DAEMON, outside, folder):
            await _hold(outside, turns)
            headers = {"Cookie": _logged_in(token)}
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as admin:
                pages = {path: [await _fetch(admin, path) for _ in range(ROUNDS)] for path in PAGES}
                crowd = SlackCrowd(outside)
                await first_words(crowd, 2.0)  # warms up
                alone, watched = [], []
                for _ in range(TURNABOUTS):
                    alone += await first_words(crowd, seconds / TURNABOUTS)
                    looking = asyncio.create_task(_look(admin))
                    watched += await first_words(crowd, seconds / TURNABOUTS)
                    looking.cancel()
                    await asyncio.gather(looking, return_exceptions=True)
    return [*_pages_table(rows, turns, pages), "", *_people_table(alone, watched)]


async def _hold(outside: World, turns: int) -> None:
    """Have that many people be answered, and none of the answers end."""
    speak, held = outside.coze.responder, itertools.count()

    def hold(turn: Turn) -> Script:
        if next(held) < turns:
            return (Say(PIECES[:5]), Pause("held"), Say(PIECES[5:]))
        return speak(turn)

    outside.coze.responder = hold
    for talk in TelegramCrowd(outside).talks(turns):
        talk.say()
    await outside.coze.until(lambda: len(outside.coze.chats) >= turns, within=HELD_WITHIN)


def _logged_in(token: str) -> str:
    """The cookie of an admin."""
    answer = aiohttp.web.Response()
    Logins(lambda: token).log_in(answer)
    return f"{COOKIE}={answer.cookies[COOKIE].value}"


async def _fetch(admin: aiohttp.ClientSession, path: str) -> float:
    """Seconds until that page is there in full."""
    began = time.monotonic()
    async with admin.get(f"/console{path}") as answer:
        if b"<nav" not in await answer.read():
            raise RuntimeError(f"expected the page {path!r}, got HTTP {answer.status}")
    return time.monotonic() - began


async def _look(admin: aiohttp.ClientSession) -> None:
    for path in itertools.cycle(PAGES):
        await _fetch(admin, path)
        await asyncio.sleep(EVERY)


def _pages_table(rows: int, turns: int, pages: dict[str, list[float]]) -> list[str]:
    return [
        f"| page, {turns} turns at work, {rows:,} rows of each kind | median ms | slowest ms |",
        "|---|---:|---:|",
        *(f"| {PAGES[path][0]} | {1000 * median(took):.0f} | {1000 * max(took):.0f} |" for path, took in pages.items()),
    ]


def _people_table(alone: Sequence[float], watched: Sequence[float]) -> list[str]:
    rows = (("first words, median ms", median), ("first words, 95th of a hundred, ms", p95))
    return [
        "| | alone | with an admin | ratio |",
        "|---|---:|---:|---:|",
        *(
            f"| {what} | {1000 * of(alone):.1f} | {1000 * of(watched):.1f} | {of(watched) / of(alone):.2f} |"
            for what, of in rows
        ),
    ]


if __name__ == "__main__":
    main()
