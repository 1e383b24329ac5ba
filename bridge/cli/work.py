"""What most commands need: the config, the event loop, the database."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from bridge.cli.environment import environment
from bridge.config.complaint import Complaint
from bridge.config.loading import load
from bridge.config.settings import Settings
from bridge.parts.registry import Kinds
from bridge.process import logs
from bridge.routing import selftest
from bridge.store.database import Database, open_database
from bridge.store.survey import relative_file

T = TypeVar("T")


def load_settings(path: Path, kinds: Kinds | None = None) -> Settings:
    """The settings in the config file at *path*; raises `ConfigError` with every complaint."""
    return load(path, kinds or Kinds(), environment(path.parent))


def complaints(settings: Settings) -> Sequence[Complaint]:
    """Complaints about private keys that cannot be read, and about the file's own tests that fail."""
    return [*_unusable_keys(settings), *selftest.run_tests(settings)]


def _unusable_keys(settings: Settings) -> Iterator[Complaint]:
    apps = {name: section.oauth for name, section in settings.coze.items() if section.oauth}
    if not apps:
        return
    from bridge.coze.oauth import read_key  # noqa: PLC0415 - cryptography takes a while to load, and most have a token

    for name, app in apps.items():
        try:
            read_key(app.private_key.get_secret_value())
        except ValueError as wrong:
            yield settings.marks.complaint(("coze", name, "oauth", "private_key"), str(wrong))


def on_database(path: Path, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """The result of *work* on the config's database, which may be done beside a running daemon."""
    logs.configure("warning")
    settings = load_settings(path)

    url = settings.database.get_secret_value()
    file = relative_file(url)
    is_new = file is not None and not file.exists()

    async def look() -> T:
        async with open_database(url, alone=False, keys=settings.privacy.keys) as database:
            if is_new:
                click.secho(f"there was no database at {file}: it is made, and empty", err=True, fg="yellow")
            return await work(database)

    return run_on_loop(look())


def run_on_loop(work: Coroutine[Any, Any, T]) -> T:
    """The result of *work*, on uvloop where there is one."""
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
