"""Far sides fail in every way they have, and quote what was said and our tokens: nobody who looks at the bridge reads any of it."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio

from simulators.coze import TOKEN
from simulators.coze.script import Fail, Say, Step
from simulators.server import Simulator
from tests.scenarios.harness import BridgeHarness, Talk
from tests.scenarios.told import ADMIN

PRIVATE = ("zanzibar", "ottokar", "471147114711", "纸老虎", "guillemot", "kingfisher")
"""Words that people say, and a bot does; each of them a canary, and none what a clock may show."""

Quote = Callable[[str], str]
QUOTES: tuple[Quote, ...] = (
    str,
    lambda words: f'"{words}"',
    lambda words: f"'{words}'",
    json.dumps,
    str.upper,
    lambda words: f"{words[:20]}...",
    lambda words: f"{words} {TOKEN} is no token",
)


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge at its most talkative."""
    log = {"level": "debug", "format": "json"}
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", log=log) as bridge:
        await bridge.start()
        yield bridge


ENDS = ("turn.answered", "turn.dead_lettered", "turn.postponed")
ANSWER = "The guillemot and the kingfisher."


class Trouble:
    """People who ask at the same time, each about to meet a failure of their own."""

    def __init__(self, bridge: BridgeHarness) -> None:
        self.bridge = bridge
        self.asked = 0

    def asks(self, talk: Talk, *steps: Step) -> None:
        """Have them ask something that nobody else has asked."""
        self.asked += 1
        question = f"Zanzibar {self.asked}: Ottokar's PIN is 471147114711, 纸老虎"
        self.bridge.plays(question, *(steps or (Say((ANSWER,)),)))
        talk.says(question)

    async def ended(self) -> None:
        """Wait until each of their turns has ended in some way."""
        await self.bridge.until(lambda: sum(map(self.bridge.log.count, ENDS)) >= self.asked, within=120.0)

    def at_coze(self, quote: Quote) -> None:
        """Its envelopes, its streams and its failed chats have a `msg` that says what it likes."""
        said = quote(SAID)
        for code, shape in ((4000, "error"), (4101, "bare"), (6003, "chat.failed"), (5000, "error")):
            self.asks(self.bridge.in_private("Pat"), Say((ANSWER,)), Fail(code=code, msg=said, shape=shape))  # type: ignore[arg-type]  # as listed

    def at_telegram(self, quote: Quote) -> None:
        """Its description is prose."""
        said = quote(SAID).replace(TOKEN, self.bridge.telegram.token)
        for status, begins in ((400, "Bad Request: can't parse entities"), (403, "Forbidden: bot was blocked")):
            ann = self.bridge.in_private("Pat")
            body = {"ok": False, "error_code": status, "description": f"{begins}: {said}"}
            self.fails(self.bridge.telegram, "sendMessage", "chat_id", ann.chat, status=status, body=body, times=20)
            self.asks(ann)

    def at_slack(self, quote: Quote) -> None:
        """It explains its word for the failure, and might say more in it."""
        said = quote(SAID).replace(TOKEN, self.bridge.slack.bot_token)
        for method in ("chat.startStream", "chat.stopStream"):
            for error in ("invalid_arguments", f"invalid_arguments: {said}"):
                ann = self.bridge.in_thread("Pat", self.bridge.slack.channel(f"help-{self.asked}"))
                body = {"ok": False, "error": error, "response_metadata": {"messages": [said]}, "detail": said}
                self.fails(self.bridge.slack, method, "channel", ann.channel, status=200, body=body)
                self.asks(ann)

    def fails(self, platform: Simulator, method: str, key: str, place: object, **how: Any) -> None:
        """Have the next such call for that *place* fail."""
        platform.faults.add(method, when=lambda params: str(params.get(key)) == str(place), **how)


SAID = f"Zanzibar: Ottokar's PIN is 471147114711, 纸老虎. {ANSWER}"
"""What a far side has to quote."""


async def everything_told(bridge: BridgeHarness) -> dict[str, str]:
    """The log, every page, and what the commands print, by what it is; `doctor` while the far sides refuse whatever it asks."""
    read = await bridge.read_pages() + await bridge.read_printed()
    refuse_everything(bridge)
    read += await bridge.prints(("doctor", "--json"))
    return {"the log": bridge.log} | dict(
        re.findall(r"^--- ([^\n]*) (.*?)(?=^--- |\Z)", read, re.MULTILINE | re.DOTALL)
    )


def refuse_everything(bridge: BridgeHarness) -> None:
    """Have every far side say no from now on, and quote the tokens that it was shown."""
    said = f"no: {TOKEN} {bridge.telegram.token} {bridge.slack.bot_token} {bridge.slack.app_token}"
    bridge.coze.faults.add("*", status=200, body={"code": 4000, "msg": said}, times=1000)
    bridge.telegram.faults.add("*", status=400, body={"ok": False, "error_code": 400, "description": said}, times=1000)
    bridge.slack.faults.add("*", status=200, body={"ok": False, "error": said, "detail": said}, times=1000)


async def test_nobody_who_looks_reads_a_private_word_or_a_token(bridge: BridgeHarness) -> None:
    trouble = Trouble(bridge)
    for quote in QUOTES:
        trouble.at_coze(quote)
        trouble.at_telegram(quote)
        trouble.at_slack(quote)
        await trouble.ended()
    told = await everything_told(bridge)
    canaries = (*PRIVATE, TOKEN, bridge.telegram.token, bridge.slack.bot_token, bridge.slack.app_token, ADMIN)

    assert [] == [
        (what, canary, text[max(0, text.casefold().find(canary.casefold()) - 300) :][:600])
        for what, text in told.items()
        for canary in canaries
        if canary.casefold() in text.casefold() or canary.casefold() in json.dumps(text).casefold()
    ]
    for reason in (
        "Coze 4000: ",
        "Coze 6003: ",
        "Coze 5000: ",
        "Forbidden: bot was blocked",
        "invalid_arguments",
    ):
        assert reason in told["the log"], "what went wrong is told all the same"
    assert '"level": "fail"' in told["doctor --json --config"]
    assert all(text.startswith("200\n") for what, text in told.items() if what.startswith("/"))
