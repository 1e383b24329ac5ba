"""`inbox`: messages waiting, running, dead."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

import click

from bridge.cli.options import Number, config_option, json_option
from bridge.cli.output import print_json, print_table
from bridge.cli.work import on_database
from bridge.sdk.errors import BridgeError
from bridge.store.admin import LAST, Entry, InboxAdmin
from bridge.store.database import Database
from bridge.store.tables import TurnStatus


@click.group()
def inbox() -> None:
    """Messages waiting, running, dead."""


@inbox.command("list", epilog="Example: coze-bridge inbox list --status dead")
@config_option
@click.option("--status", type=click.Choice([status.name.lower() for status in TurnStatus]), help="Only these.")
@json_option
def list_inbox(path: Path, status: str | None, *, as_json: bool) -> None:
    """The messages that are not answered yet, newest first."""
    wanted = TurnStatus[status.upper()] if status else None
    found = on_database(path, lambda database: InboxAdmin(database).entries(status=wanted))
    columns = ("id", "status", "stage", "scope", "age", "attempts", "reason")
    print_table([asdict(entry) for entry in found], columns, as_json=as_json)


@inbox.command("show", epilog="Example: coze-bridge inbox show 17")
@config_option
@click.argument("number", type=Number(1, LAST))
def show_message(path: Path, number: int) -> None:
    """All that is known of one message, but what it says."""
    entry: Entry | None = on_database(path, lambda database: InboxAdmin(database).show(number))
    if entry is None:
        raise BridgeError(f"expected a message's number, got {number}")
    print_json(asdict(entry))


@inbox.command("retry", epilog="Example: coze-bridge inbox retry 17")
@config_option
@click.argument("number", type=Number(1, LAST))
def retry_message(path: Path, number: int) -> None:
    """Try a dead or waiting message at once, from where it stopped."""
    _mend(path, number, "will be tried again", lambda admin: admin.retry(number))


@inbox.command("drop", epilog="Example: coze-bridge inbox drop 17")
@config_option
@click.argument("number", type=Number(1, LAST))
def drop_message(path: Path, number: int) -> None:
    """Let a waiting or dead message go unanswered."""
    _mend(path, number, "dropped", lambda admin: admin.drop(number))


def _mend(path: Path, number: int, done: str, mend: Callable[[InboxAdmin], Awaitable[bool]]) -> None:
    async def work(database: Database) -> bool:
        return await mend(InboxAdmin(database))

    if not on_database(path, work):
        raise BridgeError(f"expected the number of a waiting or dead message, got {number}")
    click.echo(f"{number}: {done}")
