"""`store`: the database as a whole."""

from pathlib import Path

import click

from bridge import logs
from bridge.cli.options import config_option
from bridge.cli.work import load_settings, run_on_loop


@click.group("store")
def stores() -> None:
    """Where everything is written down."""


@stores.command("move", epilog="Example: coze-bridge store move --to postgresql://bridge@db/bridge")
@config_option
@click.option("--to", "target", metavar="URL", required=True, help="An empty database.")
def move_store(path: Path, target: str) -> None:
    """Copy everything from the config's database to another; stop the daemon first."""
    from bridge.store.move import move  # noqa: PLC0415 - once in a database's life

    logs.configure("warning")
    for table, rows in run_on_loop(move(load_settings(path).database.get_secret_value(), target)).items():
        click.echo(f"{table}: {rows}")
    click.echo("Now let `database` in the config name the new one, and start.", err=True)
