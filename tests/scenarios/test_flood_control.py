"""Telegram's limits, enforced to the letter: thirty answers that grow at once provoke nothing, and a long penalty costs no answer."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from simulators.coze.script import Pause, Say
from simulators.server import Call
from simulators.telegram.flood import Flood
from tests.scenarios.harness import BridgeHarness, TelegramTalk

GROUPS, PEOPLE = 10, 20

seconds_of_streams = pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(int(os.environ.get("SECONDS_OF_STREAMS", "8")), id="normal"),
        pytest.param(120, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
seconds_of_penalty = pytest.mark.parametrize(
    "seconds", [pytest.param(3, id="normal"), pytest.param(200, id="soak", marks=[pytest.mark.soak])]
)


def previews(bridge: BridgeHarness, talk: TelegramTalk) -> int:
    """How often a growing answer was shown there."""
    if talk.chat > 0:
        return sum(draft.chat == talk.chat for draft in bridge.telegram.drafts)
    return sum(message.edits for message in talk.said())


@seconds_of_streams
async def test_thirty_answers_that_grow_at_once_provoke_no_refusal(
    tmp_path: Path, seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """For all of them the final stands, whole and once."""
    kept = {"helpdesk": {"rate": "25/second"}}  # from the first second: of the published rate bursts are allowed
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", adapters=kept) as bridge:
        flood = bridge.telegram.flood = Flood(drafts_per_second=2.0)
        words = tuple(f"word{number} " for number in range(4 * seconds))
        bridge.plays("tell me", Say(words, every=0.25))
        talks: list[TelegramTalk] = [bridge.in_private(f"P{number}") for number in range(PEOPLE)]
        talks += [bridge.in_group(f"G{number}") for number in range(GROUPS)]
        await bridge.start()
        for talk in talks:
            talk.says("tell me")
        whole = "".join(words).strip()
        await bridge.until(lambda: all(whole in talk.answers for talk in talks), within=seconds + 60)
        assert await bridge.terminate() == 0
        shown = Counter({("private" if talk.chat > 0 else "group"): 0 for talk in talks})
        for talk in talks:
            shown["private" if talk.chat > 0 else "group"] += previews(bridge, talk)
        with capsys.disabled():
            sys.stdout.write(
                f"\n  {seconds} s, previews of an answer: {shown['private'] / PEOPLE} in private, {shown['group'] / GROUPS} in a group;"
                f" the budgets hold {2 * seconds} drafts and {20 + seconds // 3} messages, and 25 calls a second for all\n"
            )

        assert 0 == flood.refused
        assert [[whole]] * len(talks) == [talk.answers for talk in talks]


async def test_words_close_behind_the_sign_that_the_bot_thinks_are_not_one_draft_too_many(
    bridge: BridgeHarness,
) -> None:
    """They are held for half a second, and shown though nothing follows them."""
    telegram = bridge.telegram
    telegram.flood = Flood(drafts_per_second=2.0)
    bridge.plays("think hard", Pause("thought"), Say(("So far. ",)), Pause("said"), Say(("All.",)))
    ann = bridge.in_private("Ann")
    await bridge.start()
    ann.says("think hard")
    await telegram.until(lambda: telegram.drafts, within=30)
    bridge.coze.go("thought")
    await ann.sees("So far.")
    bridge.coze.go("said")
    await ann.reads("So far. All.")

    assert 0 == telegram.flood.refused


@pytest.mark.parametrize("where", ["in_private", "in_group"])
@seconds_of_penalty
async def test_a_long_penalty_in_the_middle_of_an_answer_costs_no_answer(
    tmp_path: Path, where: str, seconds: int
) -> None:
    """It stands once, and nothing is tried before."""
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as bridge:
        telegram = bridge.telegram
        bridge.plays("tell me", Say(("So far, so good. ",)), Pause("middle"), Say(("And so ", "on.")))
        ann: TelegramTalk = getattr(bridge, where)("Ann")
        await bridge.start()
        ann.says("tell me")
        await ann.sees("So far")
        await bridge.paused("middle")
        for method in ("editMessageText", "sendMessage"):
            telegram.faults.add(method, status=429, headers={"Retry-After": str(seconds)})
        bridge.coze.go("middle")
        await telegram.until(lambda: [call for call in telegram.calls if is_said(call) and not call.ok], within=60)
        [refused] = [call for call in telegram.calls if is_said(call) and not call.ok]
        telegram.faults.clear()
        await bridge.until(lambda: "So far, so good. And so on." in ann.answers, within=seconds + 60)
        assert await bridge.terminate() == 0

        assert ["So far, so good. And so on."] == [text for text in ann.answers if "So far" in text]
        said = [call for call in telegram.calls if is_said(call) and call.at > refused.at]
        assert all(call.at - refused.at >= seconds for call in said)


def is_said(call: Call) -> bool:
    """Whether it says something in a chat."""
    return call.method in {"sendMessage", "editMessageText", "sendMessageDraft"}
