"""What stands between a command and its work: the config it reads, the event loop, the database."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from bridge.cli.environment import environment
from bridge.config.loading import load
from bridge.config.settings import Settings
from bridge.parts.registry import Kinds
from bridge.process import logs
from bridge.store.database import Database, open_database

T = TypeVar("T")


def load_settings(path: Path, kinds: Kinds | None = None) -> Settings:
    """The settings in the config file at *path*; raises `ConfigError` with every complaint."""
    return load(path, kinds or Kinds(), environment(path.parent))


def on_database(path: Path, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """What *work* gives on the config's database, also while the daemon is at work on it."""
    logs.configure("warning")
    settings = load_settings(path)

    async def look() -> T:
        url = settings.database.get_secret_value()
        async with open_database(url, alone=False, keys=settings.privacy.keys) as database:
            return await work(database)

    return run_on_loop(look())


def run_on_loop(work: Coroutine[Any, Any, T]) -> T:
    """What *work* gives, on the quickest event loop there is."""
    try:
        import uvloop  # noqa: PLC0415 - not for every platform
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        raise click.Abort from None
