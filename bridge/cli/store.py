"""`store`: the database as a whole."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from bridge.cli.environment import environment
from bridge.cli.options import config_option
from bridge.cli.work import load_settings, run_on_loop
from bridge.process import logs
from bridge.store.database import parse_url


@click.group()
def store() -> None:
    """The database as a whole."""


@store.command("move", epilog="Example: coze-bridge store move --to 'postgresql://bridge:${PGPASSWORD}@db/bridge'")
@config_option
@click.option("--to", "target", metavar="URL", required=True, help="An empty database; ${VAR} is filled in.")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Its password, in a file of its own.",
)
def move_store(path: Path, target: str, password_file: Path | None) -> None:
    """
    Copy everything from the config's database to another; stop the daemon first.

    Everybody on the machine can read the words of a command: let the password come from the environment or a file.
    """
    from bridge.store.move import move  # noqa: PLC0415 - once in a database's life

    logs.configure("warning")
    source = load_settings(path).database.get_secret_value()
    whole = _with_password(_filled(target, environment(path.parent)), password_file)
    for table, rows in run_on_loop(move(source, whole)).items():
        click.echo(f"{table}: {rows}")
    click.echo("Now let `database` in the config name the new one, and start.", err=True)


def _filled(url: str, environ: Mapping[str, str]) -> str:
    """The *url* with its ``${VAR}`` filled in."""
    names = re.findall(r"\$\{(\w+)\}", url)
    if missing := [name for name in names if name not in environ]:
        raise click.UsageError(f"--to: the environment has no {', '.join(missing)}")
    return re.sub(r"\$\{(\w+)\}", lambda found: environ[found[1]], url)


def _with_password(url: str, file: Path | None) -> str:
    if file is None:
        return url
    password = file.read_text(encoding="utf-8").strip()
    return parse_url(url).set(password=password).render_as_string(hide_password=False)


@store.command("backup", epilog="Example: coze-bridge store backup bridge-before-upgrade.db")
@config_option
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def backup_store(path: Path, target: Path) -> None:
    """Copy the SQLite database to a new FILE, also while the daemon runs."""
    from bridge.store.backup import backup  # noqa: PLC0415 - as above

    size = backup(load_settings(path).database.get_secret_value(), target)
    click.echo(f"{target}: {size} bytes")
