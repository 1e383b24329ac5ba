"""`people`: everything that is kept about one person, handed out or erased."""

from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bridge.cli.options import config_option, json_option
from bridge.cli.output import print_json, print_table
from bridge.cli.work import load_settings, on_database
from bridge.coze.build import open_bots
from bridge.engine.forgetting import erase_person
from bridge.sdk.errors import BridgeError
from bridge.sdk.homes import Home
from bridge.store.database import Database
from bridge.store.links import Links
from bridge.store.people import KnownPerson, People
from bridge.store.sealing import is_sealed


@click.group("people")
def people() -> None:
    """Everything that is kept about one person."""


@people.command("list", epilog="Example: coze-bridge people list --json")
@config_option
@json_option
def list_people(path: Path, *, as_json: bool) -> None:
    """Who has been heard, newest first."""
    found, homes = on_database(path, _known)
    linked = {person: home.name for person, home in homes.items()}
    rows = [asdict(one) | {"linked_to": linked.get(f"{one.adapter}:{one.person}", "")} for one in found]
    if not as_json:
        rows = [row | {"since": _moment(row["since"]), "seen_at": _moment(row["seen_at"])} for row in rows]
    print_table(rows, ("adapter", "person", "user_id", "since", "seen_at", "linked_to"), as_json=as_json)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def _known(database: Database) -> tuple[list[KnownPerson], dict[str, Home]]:
    return await People(database).search(), await Links(database).homes()


@people.command("export", epilog="Example: coze-bridge people export helpdesk:42")
@config_option
@click.argument("person")
def export_person(path: Path, person: str) -> None:
    """All that is kept about PERSON (adapter:user), as JSON."""
    adapter, user = _parse(person)
    found = on_database(path, lambda database: People(database).export(adapter, user))
    if found is None:
        raise _unknown(person)
    print_json(found)
    if any(is_sealed(text) for row in found["messages"] for text in row.values() if isinstance(text, str)):
        click.secho("some of it is sealed; add the key that sealed it to privacy.encryption_key", err=True, fg="yellow")


@people.command("forget", epilog="Example: coze-bridge people forget helpdesk:42 --yes")
@config_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("person")
def forget_person(path: Path, person: str, *, yes: bool) -> None:
    """Erase all that is kept about PERSON (adapter:user), and their conversations at Coze."""
    adapter, user = _parse(person)
    if not (yes or _is_sure(person)):
        raise BridgeError(f"nothing of {person} was erased; --yes erases without asking")
    settings = load_settings(path)

    async def work(database: Database) -> bool:
        async with AsyncExitStack() as stack:
            bots = await open_bots(stack, settings.coze, settings.bots)
            return await erase_person(People(database), bots, adapter, user, refused=_tell)

    if not on_database(path, work):
        raise _unknown(person)
    click.echo(f"{person}: forgotten")


def _is_sure(person: str) -> bool:
    """Whether whoever gave the command says yes; nobody to be asked is a no."""
    with suppress(click.Abort):
        return click.confirm(f"Erase all that is kept about {person}, at Coze too?", err=True)
    click.echo(err=True)  # the question has no end of line
    return False


def _tell(bot: str, refusal: str) -> None:
    click.echo(f"coze: {bot}: {refusal}", err=True)


def _parse(person: str) -> tuple[str, str]:
    adapter, colon, user = person.partition(":")
    if not (adapter and colon and user):
        raise click.UsageError(f"expected adapter:user, such as helpdesk:42, got {person!r}")
    return adapter, user


def _unknown(person: str) -> BridgeError:
    return BridgeError(f"expected somebody of `people list`, got {person}; nothing is kept about them")
