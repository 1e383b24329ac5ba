"""What every story is searched for at its end is found where it stands, and only there."""

import re
from pathlib import Path

import pytest

from tests.scenarios.harness import BridgeHarness, Replica
from tests.scenarios.told import ADMIN, PAGES, repeated, reserved_address

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


@pytest.mark.parametrize("who", ["in_private", "in_thread"])
async def test_words_that_were_said_are_found_in_the_log_and_on_the_pages(tmp_path: Path, who: str) -> None:
    with reserved_address() as address:
        http = {"listen": address, "admin_token": ADMIN}
        async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", http=http) as bridge:
            await bridge.start()
            talk = bridge.someone(who)
            talk.says("The heron has flown.")
            await talk.reads("You said: The heron has flown.")
            assert await bridge.terminate() == 0
            bridge.check_told()
            [pages] = bridge.pages
            assert all(f"--- {page}\n" in pages for page in PAGES)
            bridge.pages = [f"{pages} the heron has"]
            with pytest.raises(AssertionError, match="heron has"):
                bridge.check_told()
            bridge.pages = []
            bridge.replicas["a"].log.write_text("because='the heron has'")
            with pytest.raises(AssertionError, match="heron has"):
                bridge.check_told()
            bridge.replicas["a"].log.write_text("")


@pytest.mark.parametrize("place", ["the log", "a page"])
async def test_a_secret_is_found_whoever_it_lets_in(tmp_path: Path, place: str) -> None:
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    log = tmp_path / "a.log"
    bridge.replicas["a"] = Replica(process=None, log=log)  # type: ignore[arg-type]  # of which only the log is read
    secrets = {*bridge.telegram.accounts, *bridge.coze.tokens, bridge.slack.bot_token, bridge.slack.app_token}
    for secret in (*secrets, bridge.slack.signing_secret, bridge.slack.oauth.client_secret, ADMIN):
        log.write_text(f'"because": "no such token {secret}."' if place == "the log" else "")
        bridge.pages = [f"<td>{secret}</td>"] if place == "a page" else []
        with pytest.raises(AssertionError, match=re.escape(secret)):
            bridge.check_told()


async def test_what_others_can_read_is_found(tmp_path: Path) -> None:
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    (tmp_path / "bridge.db").touch(0o600)
    bridge.check_files()
    (tmp_path / "bridge.db-wal").touch(0o640)
    with pytest.raises(AssertionError, match="db-wal"):
        bridge.check_files()
