"""`check`: everything that is wrong with a config, what should be looked at, and whom a change would concern."""

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bridge.cli.environment import unread_lines
from bridge.cli.options import WRONG, config_option
from bridge.cli.work import complaints, load_settings
from bridge.config.settings import Settings
from bridge.config.warnings import WRITTEN_INLINE
from bridge.parts.registry import Kinds
from bridge.routing.comparison import Change, compare
from bridge.sdk.errors import BridgeError, ConfigError
from bridge.store.survey import conversations, relative_file


@click.command(epilog="Example: coze-bridge check --against config.before.yaml")
@config_option
@click.option(
    "--against",
    "old",
    metavar="OLD.yaml",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Tell which known conversations, and which of its tests, another route or bot would answer now.",
)
@click.option("--strict", is_flag=True, help="Count warnings and such changes as errors: exit 2.")
def check(path: Path, old: Path | None, *, strict: bool) -> None:
    """Tell everything that is wrong with the config, and run its own tests."""
    kinds, unread = Kinds(), [*unread_lines(path.parent)]
    for line in unread:  # first, for what they were to set is missing below
        click.secho(line, err=True, fg="yellow")
    settings = load_settings(path, kinds)
    if wrong := complaints(settings):
        raise ConfigError("\n".join(map(str, wrong)))
    doubts = [*settings.warnings, *_readable(settings, path)]
    for doubt in doubts:
        click.secho(str(doubt), err=True, fg="yellow")
    changes = list(compare(load_settings(old, kinds), settings, _known(settings))) if old else []
    for change in changes:
        click.echo(_told(change))
    if strict and (unread or doubts or changes):
        sys.exit(WRONG)
    if old and not changes:
        click.echo(f"{path}: answers as {old} does")
    tests = len(settings.tests)
    click.echo(f"{path}: fine; {len(settings.routes)} routes, {tests} of {tests} tests passed")
    if file := relative_file(settings.database.get_secret_value()):
        click.echo(f"database: {file}")


def _told(change: Change) -> str:
    return f"{change.subject}: {change.before} → {change.after}"


def _readable(settings: Settings, path: Path) -> Iterator[str]:
    """Each file with a secret inside that others on this machine can read."""
    inline = any(WRITTEN_INLINE in doubt.message for doubt in settings.warnings)
    for file, holds in ((path, inline), (path.parent / ".env", True)):
        if holds and file.exists() and (mode := stat.S_IMODE(file.stat().st_mode)) & (stat.S_IRGRP | stat.S_IROTH):
            yield f"{file}:1:1: others can read it (mode {mode:04o}), with a secret inside; chmod 600 {file}"


def _known(settings: Settings) -> list[tuple[str, str]]:
    """The scopes of the database's conversations, each with the bot that answers there."""
    try:
        return conversations(settings.database.get_secret_value())
    except BridgeError as failure:
        click.secho(f"known conversations are not compared: {failure}", err=True, fg="yellow")
        return []
