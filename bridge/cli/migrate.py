"""`migrate`: the schema migration alone."""

import sys
from pathlib import Path

import click

from bridge.cli.options import FAILED, config_option
from bridge.cli.work import load_settings
from bridge.process import logs
from bridge.store import database as store


@click.command(epilog="Example: coze-bridge migrate --check")
@config_option
@click.option("--check", "only_look", is_flag=True, help="Only tell whether there is anything to do; exit 1 if so.")
def migrate(path: Path, *, only_look: bool) -> None:
    """Bring the database to this version's schema; `run` does so by itself."""
    logs.configure("warning")
    url = load_settings(path).database.get_secret_value()
    at = store.revision(url)
    if only_look:
        click.echo(f"schema {at or 'none'}, this version wants {store.SCHEMA}")
        sys.exit(0 if at == store.SCHEMA else FAILED)
    changed = store.migrate(url)
    click.echo(f"schema {store.SCHEMA}" + ("" if changed else ": nothing to do"))
