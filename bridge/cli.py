"""
The command `coze-bridge`.

Data goes to standard output, everything else to standard error. It ends with 0 when all is well, 1 when something failed,
2 when the call or the config is wrong.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from bridge import logs
from bridge.config.loading import load, schema
from bridge.config.reload import Current
from bridge.config.settings import Settings, TestSettings
from bridge.registry import Kinds
from bridge.routing import selftest
from bridge.sdk.errors import BridgeError, ConfigError
from bridge.store import database as store
from bridge.store.admin import Desk, Entry
from bridge.store.database import Database, open_database
from bridge.store.sessions import Sessions
from bridge.store.tables import Status

T = TypeVar("T")

FAILED, WRONG = 1, 2

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    help="The config file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def main() -> None:
    """Run the command; whatever was expected to go wrong ends in one clear line."""
    try:
        cli(standalone_mode=False, prog_name="coze-bridge")
    except click.Abort:
        sys.exit(130)
    except click.ClickException as failure:
        failure.show()
        sys.exit(WRONG)
    except ConfigError as failure:
        click.echo(failure.detail, err=True)
        sys.exit(WRONG)
    except (BridgeError, TimeoutError) as failure:
        click.secho(f"coze-bridge: {failure}", err=True, fg="red")
        sys.exit(FAILED)


@click.group(
    epilog="Start here: coze-bridge demo",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="coze-bridge")
def cli() -> None:
    """Put a Coze bot inside Telegram and Slack."""


@cli.command(epilog="Example: coze-bridge demo --once hello")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="The page's port.")
@click.option("--once", "text", metavar="TEXT", help="Say TEXT on both platforms, print what people see, and end.")
def demo(port: int, text: str | None) -> None:
    """Chat with a pretended Coze in a pretended Telegram and Slack; no account needed."""
    from bridge import demo as stage  # noqa: PLC0415 - the simulators are no part of the daemon

    logs.configure("warning")
    if text is not None:
        _run(stage.once(text, click.echo))
        return
    with suppress(click.Abort):  # which is how a demo ends
        _run(stage.show(port, _announce))


def _announce(url: str) -> None:
    click.secho("coze-bridge is running among its simulators. Open this page and chat:", bold=True)
    click.secho(f"\n    {url}\n", fg="cyan", bold=True)
    click.echo("Ctrl-C ends it.")


@cli.command(epilog="Example: coze-bridge run --config /etc/coze-bridge/config.yaml")
@config_option
def run(path: Path) -> None:
    """Answer people until told to stop. SIGHUP reads the config again."""
    from bridge.app import Bridge  # noqa: PLC0415 - half of the daemon; no other command needs it

    kinds = Kinds()
    current = Current(path, lambda: _load(path, kinds), selftest.run_tests)
    logs.configure(current.settings.log.level, current.settings.log.format)

    async def live() -> None:
        bridge = Bridge(current, kinds)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, _stop, bridge.stop, name)
        loop.add_signal_handler(signal.SIGHUP, bridge.reload)
        await bridge.live()

    _run(live())


_asked: list[int] = []


def _stop(stop: Callable[[str], None], name: signal.Signals) -> None:
    """First finish what was begun; asked a second time, go at once: what is on disk is enough to continue."""
    if _asked:
        os._exit(128 + name)
    _asked.append(name)
    stop(name.name)


@cli.command(epilog="Example: coze-bridge check --config config.yaml")
@config_option
def check(path: Path) -> None:
    """Tell everything that is wrong with the config, and run its own tests."""
    settings = _load(path, Kinds())
    if complaints := selftest.run_tests(settings):
        raise ConfigError("\n".join(map(str, complaints)))
    tests = len(settings.tests)
    click.echo(f"{path}: fine; {len(settings.routes)} routes, {tests} of {tests} tests passed")


@cli.command(epilog="Example: coze-bridge explain --adapter helpdesk --chat-type private 'hello'")
@config_option
@click.option("--adapter", required=True, help="The adapter's name in the config.")
@click.option("--chat", help="The chat's or channel's id.")
@click.option(
    "--chat-type",
    type=click.Choice(["private", "group", "channel"]),
    default="private",
    show_default=True,
    help="How many are listening.",
)
@click.option("--thread", help="The thread's or topic's id.")
@click.option("--from", "person", default="somebody", show_default=True, help="Who says it: a user's id.")
@json_option
@click.argument("text")
def explain(path: Path, *, as_json: bool, text: str, adapter: str, person: str, **where: str | None) -> None:
    """Tell which route answers TEXT, and why each earlier one does not."""
    settings = _load(path, Kinds())
    if adapter not in settings.adapters:
        raise ConfigError(f"--adapter: expected one of {', '.join(settings.adapters)}, got {adapter}")
    message = TestSettings.model_validate(
        {"say": text, "adapter": adapter, "from": person.removeprefix(f"{adapter}:"), "expect": "nobody", **where}
    )
    verdicts = selftest.explain(settings, message)
    if as_json:
        click.echo(json.dumps([asdict(verdict) for verdict in verdicts], ensure_ascii=False, indent=2))
        return
    for verdict in verdicts:
        mark = click.style("✔", fg="green") if verdict.matched else click.style("✘", fg="red")
        click.echo(f"{mark} {verdict.route}: {verdict.why}")
    if not any(verdict.matched for verdict in verdicts):
        click.echo("nobody answers")


@cli.command("schema", epilog="Example: coze-bridge schema > config.schema.json")
def print_schema() -> None:
    """Print the config's JSON Schema, for editors."""
    click.echo(json.dumps(schema(Kinds()), ensure_ascii=False, indent=2))


@cli.command(epilog="Example: coze-bridge migrate --check")
@config_option
@click.option("--check", "only_look", is_flag=True, help="Only tell whether there is anything to do; exit 1 if so.")
def migrate(path: Path, *, only_look: bool) -> None:
    """Bring the database to this version's schema; `run` does so by itself."""
    logs.configure("warning")
    url = _load(path, Kinds()).database.get_secret_value()
    at = store.revision(url)
    if only_look:
        click.echo(f"schema {at or 'none'}, this version wants {store.SCHEMA}")
        sys.exit(0 if at == store.SCHEMA else FAILED)
    changed = store.migrate(url)
    click.echo(f"schema {store.SCHEMA}" + ("" if changed else ": nothing to do"))


@cli.group("store")
def stores() -> None:
    """Where everything is written down."""


@stores.command("move", epilog="Example: coze-bridge store move --to postgresql://bridge@db/bridge")
@config_option
@click.option("--to", "target", metavar="URL", required=True, help="An empty database.")
def move_store(path: Path, target: str) -> None:
    """Copy everything from the config's database to another; stop the daemon first."""
    from bridge.store.move import move  # noqa: PLC0415 - once in a database's life

    logs.configure("warning")
    for table, rows in _run(move(_load(path, Kinds()).database.get_secret_value(), target)).items():
        click.echo(f"{table}: {rows}")
    click.echo("Now let `database` in the config name the new one, and start.", err=True)


@cli.group()
def sessions() -> None:
    """Who shares which conversation with which bot."""


@sessions.command("list", epilog="Example: coze-bridge sessions list --containing helpdesk")
@config_option
@click.option("--containing", default="", help="Only scopes with this text.")
@json_option
def list_sessions(path: Path, containing: str, *, as_json: bool) -> None:
    """The sessions, last used first."""
    found = _on(path, lambda database: Sessions(database).find(containing=containing))
    _table([asdict(session) for session in found], ("scope", "bot", "conversation_id", "user_id"), as_json=as_json)


@sessions.command("show", epilog="Example: coze-bridge sessions show person/helpdesk//42/42")
@config_option
@click.argument("scope")
def show_session(path: Path, scope: str) -> None:
    """All that is known of one scope."""
    found = _on(path, lambda database: Sessions(database).find(containing=scope))
    known = [asdict(session) for session in found if session.scope == scope]
    if not known:
        raise BridgeError(f"expected a session's scope, got {scope!r}")
    click.echo(json.dumps(known, ensure_ascii=False, indent=2))


@sessions.command("forget", epilog="Example: coze-bridge sessions forget person/helpdesk//42/42")
@config_option
@click.option("--bot", help="Only the memory with this bot.")
@click.argument("scope")
def forget_session(path: Path, scope: str, bot: str | None) -> None:
    """Let the next question in that scope begin with a fresh memory."""
    if not _on(path, lambda database: Sessions(database).forget(scope, bot=bot)):
        raise BridgeError(f"expected a session's scope, got {scope!r}")
    click.echo(f"{scope}: forgotten")


@cli.group()
def inbox() -> None:
    """Messages waiting, running, dead."""


@inbox.command("list", epilog="Example: coze-bridge inbox list --status dead")
@config_option
@click.option("--status", type=click.Choice([status.name.lower() for status in Status]), help="Only these.")
@json_option
def list_inbox(path: Path, status: str | None, *, as_json: bool) -> None:
    """The messages that are not answered yet, newest first."""
    wanted = Status[status.upper()] if status else None
    found = _on(path, lambda database: Desk(database).entries(status=wanted))
    columns = ("id", "status", "stage", "scope", "age", "attempts", "reason")
    _table([asdict(entry) for entry in found], columns, as_json=as_json)


@inbox.command("show", epilog="Example: coze-bridge inbox show 17")
@config_option
@click.argument("number", type=int)
def show_message(path: Path, number: int) -> None:
    """All that is known of one message, but what it says."""
    entry: Entry | None = _on(path, lambda database: Desk(database).show(number))
    if entry is None:
        raise BridgeError(f"expected a message's number, got {number}")
    click.echo(json.dumps(asdict(entry), ensure_ascii=False, indent=2))


@inbox.command("retry", epilog="Example: coze-bridge inbox retry 17")
@config_option
@click.argument("number", type=int)
def retry_message(path: Path, number: int) -> None:
    """Try a dead or waiting message at once, from where it stopped."""
    _mend(path, number, "will be tried again", lambda desk: desk.retry(number))


@inbox.command("drop", epilog="Example: coze-bridge inbox drop 17")
@config_option
@click.argument("number", type=int)
def drop_message(path: Path, number: int) -> None:
    """Let a waiting or dead message go unanswered."""
    _mend(path, number, "dropped", lambda desk: desk.drop(number))


def _mend(path: Path, number: int, done: str, mend: Callable[[Desk], Awaitable[bool]]) -> None:
    async def work(database: Database) -> bool:
        return await mend(Desk(database))

    if not _on(path, work):
        raise BridgeError(f"expected the number of a waiting or dead message, got {number}")
    click.echo(f"{number}: {done}")


def _load(path: Path, kinds: Kinds) -> Settings:
    return load(path, kinds, os.environ)


def _on(path: Path, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """What *work* gives on the config's database, also while the daemon is at work on it."""
    logs.configure("warning")
    url = _load(path, Kinds()).database.get_secret_value()

    async def look() -> T:
        async with open_database(url, alone=False) as database:
            return await work(database)

    return _run(look())


def _run(work: Coroutine[Any, Any, T]) -> T:
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


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("nothing", err=True)
        return
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    widths = [max(len(name), *(len(row[at]) for row in cells)) for at, name in enumerate(columns)]
    head = "  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True))
    click.secho(head.rstrip(), bold=True)
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.0f}s" if isinstance(value, float) else str(value)
