"""A bot shows pictures at a host that is outside when its name is looked up, and inside when it is looked up again: nothing inside is asked."""

from pathlib import Path

from simulators.coze import BOT
from tests.scenarios.harness import BridgeHarness

HERE = Path(__file__).parent
NAMED = "pictures.example"


async def test_nothing_inside_is_connected_to(tmp_path: Path) -> None:
    """A picture that did not come is tried again, and looked up again: one that the bot names, and one that its own side sends us to."""
    bot = {"coze": "main", "bot_id": BOT, "pictures": [NAMED]}
    told = tmp_path / "told by names"
    lying = {"PYTHONPATH": str(HERE / "lying_names"), "TOLD_BY_NAMES": str(told)}
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", bots={"assistant": bot}) as bridge:
        bridge.trees["a"] = HERE.parents[1]  # a process of its own from its first import on
        await bridge.start(environment=lying)
        sent_away = bridge.coze.send_away("away.png", f"https://b.{NAMED}/b.png")
        bridge.answers("Draw!", "Look: ", f"![a cat](https://a.{NAMED}/a.png) ", f"![another]({sent_away})")
        ann = bridge.in_private("Ann")
        ann.says("Draw!")
        await ann.reads("Look: a cat another")
        ann.says("And?")
        await ann.until(lambda: "You said: And?" in ann.answers)

        lines = told.read_text().splitlines()
        assert await bridge.terminate() == 0
    assert {"connected to 8.8.8.8"} == {line for line in lines if line.startswith("connected")}
    assert {f"looked up {host}.{NAMED} 127.0.0.1" for host in ("a", "b")} <= {*lines}
