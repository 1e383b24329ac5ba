"""`sessions`: who shares which conversation with which bot."""

from dataclasses import asdict
from pathlib import Path

import click

from bridge.cli.options import config_option, json_option
from bridge.cli.output import print_json, print_table
from bridge.cli.work import on_database
from bridge.sdk.errors import BridgeError
from bridge.store.sessions import Sessions


@click.group()
def sessions() -> None:
    """Who shares which conversation with which bot."""


@sessions.command("list", epilog="Example: coze-bridge sessions list --containing helpdesk")
@config_option
@click.option("--containing", default="", help="Only scopes with this text.")
@json_option
def list_sessions(path: Path, containing: str, *, as_json: bool) -> None:
    """The sessions, last used first."""
    found = on_database(path, lambda database: Sessions(database).search(containing=containing))
    print_table([asdict(session) for session in found], ("scope", "bot", "conversation_id", "user_id"), as_json=as_json)


@sessions.command("show", epilog="Example: coze-bridge sessions show person/helpdesk//42/42")
@config_option
@click.argument("scope")
def show_session(path: Path, scope: str) -> None:
    """All that is known of one scope."""
    found = on_database(path, lambda database: Sessions(database).search(containing=scope))
    known = [asdict(session) for session in found if session.scope == scope]
    if not known:
        raise BridgeError(f"expected a session's scope, got {scope!r}")
    print_json(known)


@sessions.command("forget", epilog="Example: coze-bridge sessions forget person/helpdesk//42/42")
@config_option
@click.option("--bot", help="Only the memory with this bot.")
@click.argument("scope")
def forget_session(path: Path, scope: str, bot: str | None) -> None:
    """Let the next question in that scope begin with a fresh memory."""
    if not on_database(path, lambda database: Sessions(database).begin_afresh(scope, bot=bot)):
        raise BridgeError(f"expected a session's scope, got {scope!r}")
    click.echo(f"{scope}: forgotten")
