"""`access`: who was let in by pairing, and who waits for it."""

from pathlib import Path

import click

from bridge.cli.options import config_option, json_option
from bridge.cli.output import print_table
from bridge.cli.work import on_database
from bridge.engine.letting_in import LettingIn
from bridge.sdk.errors import BridgeError
from bridge.store.database import Database
from bridge.store.inbox import Inbox
from bridge.store.pairings import Pairings
from bridge.store.wakeup import Wakeup


@click.group()
def access() -> None:
    """Who was let in by pairing, and who waits for it."""


@access.command("list", epilog="Example: coze-bridge access list --json")
@config_option
@json_option
def list_access(path: Path, *, as_json: bool) -> None:
    """Everybody who was let in, or waits with a code that can be approved."""
    found = on_database(path, lambda database: Pairings(database).all())
    rows = [{"person": one.person, "code": one.code, "is_let_in": one.let_in_at is not None} for one in found]
    print_table(rows, ("person", "code", "is_let_in"), as_json=as_json)


@access.command("approve", epilog="Example: coze-bridge access approve K7WQ2MZD")
@config_option
@click.argument("code")
def approve_access(path: Path, code: str) -> None:
    """Let in who was given CODE, and tell them."""
    person = on_database(path, lambda database: _approve(database, code))
    if person is None:
        raise BridgeError("nobody has that code, or not any more; it is valid for an hour: coze-bridge access list")
    click.echo(f"{person}: let in")


@access.command("revoke", epilog="Example: coze-bridge access revoke helpdesk:42")
@config_option
@click.argument("person")
def revoke_access(path: Path, person: str) -> None:
    """Let PERSON (adapter:user) in no longer."""
    if not on_database(path, lambda database: Pairings(database).revoke(person)):
        raise BridgeError(f"expected a person of coze-bridge access list, got {person!r}")
    click.echo(f"{person}: shut out")


async def _approve(database: Database, code: str) -> str | None:
    inbox = Inbox(database, Wakeup(), owner="access", lease=0.0)
    return await LettingIn(pairings=Pairings(database), inbox=inbox).approve(code)
