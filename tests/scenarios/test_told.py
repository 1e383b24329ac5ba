"""What every story is searched for at its end is found where it stands, and only there."""

import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from bridge.store.tables import TurnStatus
from tests.scenarios.harness import BridgeHarness, Replica
from tests.scenarios.told import ADMIN, PAGES, PRINTING, repeated

PLACES = ("the log", "a page", "a command")


@contextmanager
def planted(bridge: BridgeHarness, place: str, words: str) -> Iterator[None]:
    """An operator reads these *words* in that *place*."""
    read = {"the log": bridge.folder / "a.log", "a command": bridge.folder / "printed"}
    if place == "a page":
        bridge.pages.append(words)
        yield
        bridge.pages.pop()
        return
    before = read[place].read_text() if read[place].exists() else ""
    read[place].write_text(before + words)
    yield
    read[place].write_text(before)


SAID = "The heron has flown to 大马士革老城"


@pytest.mark.parametrize(
    ("read", "found"),
    [
        ("because='the HERON has gone'", {"the heron", "heron has"}),
        ('{"because": "\\"heron has\\""}', {"heron has"}),
        ("去大马士革", {"大马士革"}),
        ("turn.answered parts=1 heron=2 has=3 the_heron", set()),
        ("to go", set()),
    ],
)
async def test_two_words_or_four_ideographs_tell(read: str, found: set[str]) -> None:
    assert found == repeated(read, [SAID])


@pytest.mark.parametrize(("who", "ends"), [("in_private", BridgeHarness.terminate), ("in_thread", BridgeHarness.kill)])
async def test_words_that_were_said_are_found_wherever_an_operator_reads(
    tmp_path: Path, who: str, ends: Callable[[BridgeHarness], Awaitable[int | None]]
) -> None:
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as bridge:
        await bridge.start()
        talk = bridge.someone(who)
        talk.says("The heron has flown.")
        await talk.reads("You said: The heron has flown.")
        assert not await ends(bridge)
        [pages] = bridge.pages
        assert [f"--- {page} 200" for page in PAGES] == re.findall(r"^--- /.*", pages, re.MULTILINE)
    assert [" ".join(command) for command in PRINTING] == re.findall(
        r"^--- (.*) --config", bridge.printed, re.MULTILINE
    )
    for place in PLACES:
        with planted(bridge, place, "because='the heron has'"), pytest.raises(AssertionError, match="heron has"):
            bridge.check_told()
    bridge.check_told()


async def gives_up_with(bridge: BridgeHarness, reason: str) -> None:
    """Tell a story to its end, in which a fault of ours left *reason* with a dead letter."""
    async with bridge:
        await bridge.start()
        ann = bridge.in_private("Ann")
        ann.says(SAID)
        await ann.gets(1)
        await bridge.kill()
        with closing(sqlite3.connect(bridge.folder / "bridge.db")) as database, database:
            database.execute("UPDATE inbox SET status = ?, reason = ?", (TurnStatus.DEAD, reason))
        await bridge.start()
        assert await bridge.terminate() == 0


@pytest.mark.parametrize("words", ["the heron has", "去大马士革老", "{token} is no token"])
async def test_a_reason_that_tells_is_found_on_a_page_and_in_what_is_printed(tmp_path: Path, words: str) -> None:
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    reason = words.format(token=bridge.telegram.token)
    with pytest.raises(AssertionError, match=r"heron has|大马士革|TEST-TOKEN"):
        await gives_up_with(bridge, reason)

    [messages] = re.findall(r"^--- /console/messages 200\n(.*?)^--- /", bridge.pages[-1], re.MULTILINE | re.DOTALL)
    shown = bridge.printed.partition("--- inbox show 1 ")[2]
    assert (True, True) == (reason in messages, reason in shown)


@pytest.mark.parametrize("place", PLACES)
async def test_a_secret_is_found_whoever_it_lets_in(tmp_path: Path, place: str) -> None:
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    own = ("whoever-pushes", "seals-now", "sealed-before")
    settings = {"http": {"admin_token": own[0]}, "privacy": {"encryption_key": ",".join(own[1:])}}
    bridge.config.write_text(yaml.safe_dump(settings))
    bridge.replicas["a"] = Replica(process=None, log=tmp_path / "a.log")  # type: ignore[arg-type]  # of which only the log is read
    bridge.replicas["a"].log.touch()
    bridge.check_told()
    far = {*bridge.telegram.accounts, *bridge.coze.tokens, bridge.slack.bot_token, bridge.slack.app_token}
    for secret in (*far, bridge.slack.signing_secret, bridge.slack.oauth.client_secret, ADMIN, *own):
        line = f'"because": "no such token {secret}."'
        with planted(bridge, place, line), pytest.raises(AssertionError, match=re.escape(secret)):
            bridge.check_told()


async def test_what_others_can_read_is_found(tmp_path: Path) -> None:
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    (tmp_path / "bridge.db").touch(0o600)
    bridge.check_files()
    (tmp_path / "bridge.db-wal").touch(0o640)
    with pytest.raises(AssertionError, match="db-wal"):
        bridge.check_files()
