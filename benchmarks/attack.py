"""
`python -m benchmarks.attack`: people who are answered by webhook, without and with strangers at the same port, in one run.

The strangers are a process of their own: three hundred half-open connections, unsigned bodies of a mebibyte as fast as
loopback takes them, and gzip bombs. They take what the daemon and the simulators leave of the machine's cores: elsewhere
they would have cores of their own.
"""

import asyncio
import gzip
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import median

import aiohttp
import click
import uvloop

from benchmarks.outside import world
from benchmarks.people import SlackCrowd
from benchmarks.subject import ROOT, Kind, subject

HALF_OPEN = 300
FLOODERS = 8
"""Connections that send bodies, each the next when the last was refused."""

BOMB = gzip.compress(bytes(64 << 20))
MEBIBYTE = bytes(1 << 20)
PROBE_EVERY = 0.2
APART = 3.1
"""Seconds between two questions: asked more often, answers would wait because Slack lets a workspace open few streams."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", default=120.0, show_default=True, help="Of each half: first alone, then under attack.")
@click.option("--strangers", type=(str, int), help="Be the strangers, at that host and port, until ended.")
def main(seconds: float, strangers: tuple[str, int] | None) -> None:
    """Measure what strangers at the HTTP port cost the people, and print a table."""
    if strangers:
        uvloop.run(_attack(*strangers))
    click.echo("\n".join(uvloop.run(_compare(seconds))))


async def _compare(seconds: float) -> list[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="coze-bridge-bench-") as name:
        folder = Path(name)
        async with world(port) as outside, subject(Kind.DAEMON, outside, folder) as daemon:
            crowd = SlackCrowd(outside)
            await first_words(crowd, 2.0)  # warms up
            used = [daemon.cpu()]
            alone, alone_probes = await _measured(crowd, port, seconds)
            used.append(daemon.cpu())
            async with _strangers(port):
                attacked, probes = await _measured(crowd, port, seconds)
                used.append(daemon.cpu())
        lines = [json.loads(line) for line in (folder / "log").read_text().splitlines() if line.startswith("{")]
    refused = sum(line["event"] == "request.refused" for line in lines)
    return [
        "| | alone | attacked | ratio |",
        "|---|---|---|---|",
        _row("first words, median ms", median(alone), median(attacked)),
        _row("first words, 95th of a hundred, ms", p95(alone), p95(attacked)),
        _row("health, median ms", median(alone_probes), median(probes)),
        _row("health, slowest ms", max(alone_probes), max(probes)),
        _row("the daemon's processor, ms a second", (used[1] - used[0]) / seconds, (used[2] - used[1]) / seconds),
        f"| questions answered | {len(alone)} | {len(attacked)} | |",
        f"| log lines about strangers, a second | 0 | {refused / seconds:.1f} | |",
    ]


def _row(what: str, alone: float, attacked: float) -> str:
    return f"| {what} | {1000 * alone:.1f} | {1000 * attacked:.1f} | {attacked / alone:.2f} |"


def p95(seconds: Sequence[float]) -> float:
    """What all but one of twenty stay below."""
    return sorted(seconds)[int(0.95 * (len(seconds) - 1))]


async def _measured(crowd: SlackCrowd, port: int, seconds: float) -> tuple[list[float], list[float]]:
    """The seconds to each first word, and of each probe."""
    probes: list[float] = []
    probing = asyncio.create_task(_probe(port, probes))
    try:
        return await first_words(crowd, seconds), probes
    finally:
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)


async def first_words(crowd: SlackCrowd, seconds: float) -> list[float]:
    """The seconds to the first words of each answer to one person, for so many seconds."""
    found = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        [talk] = crowd.talks(1)
        talk.say()
        await asyncio.sleep(APART)
        while not talk.answered():  # noqa: ASYNC110 - the crowd has no event; long over, unless something is wrong
            await asyncio.sleep(0.01)
        seen = talk.seen()
        found.append(seen.first - seen.said)
    return found


async def _probe(port: int, took: list[float]) -> None:
    """Ask for its health again and again, each time by a new connection, as probes do."""
    while True:
        began = time.monotonic()
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/healthz") as answer:
            answer.raise_for_status()
        took.append(time.monotonic() - began)
        await asyncio.sleep(PROBE_EVERY)


@asynccontextmanager
async def _strangers(port: int) -> AsyncIterator[None]:
    command = (sys.executable, "-m", "benchmarks.attack", "--strangers", "127.0.0.1", str(port))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _attack(host: str, port: int) -> None:
    os.nice(19)
    async with asyncio.TaskGroup() as crowd:
        for _ in range(HALF_OPEN):
            crowd.create_task(_half_open(host, port))
        for _ in range(FLOODERS):
            crowd.create_task(_flood(host, port))


async def _half_open(host: str, port: int) -> None:
    """Half a head, and again when it is cut."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"POST /webhooks/slack HTTP/1.1\r\nHost: bridge\r\nX-Half: ")
            await reader.read()
            writer.close()


async def _flood(host: str, port: int) -> None:
    """By turns: a body that somebody could have signed, one without a secret, and a bomb."""
    signed = f"X-Slack-Request-Timestamp: {int(time.time())}\r\nX-Slack-Signature: v0={'0' * 64}\r\n"
    bodies = (("slack", signed, MEBIBYTE), ("telegram", "", MEBIBYTE), ("slack", "Content-Encoding: gzip\r\n", BOMB))
    while True:
        for adapter, headers, body in bodies:
            head = f"POST /webhooks/{adapter} HTTP/1.1\r\nHost: bridge\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(head.encode() + body)
                await writer.drain()
                await reader.readline()
                writer.transport.abort()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
