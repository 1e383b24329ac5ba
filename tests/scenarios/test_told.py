"""What every story is searched for at its end is found where it stands, and only there."""

from pathlib import Path

import pytest

from tests.scenarios.harness import BridgeHarness
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


async def test_what_others_can_read_is_found(tmp_path: Path) -> None:
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    (tmp_path / "bridge.db").touch(0o600)
    bridge.check_files()
    (tmp_path / "bridge.db-wal").touch(0o640)
    with pytest.raises(AssertionError, match="db-wal"):
        bridge.check_files()
