"""A Telegram whose name is not found, whose certificate nobody vouches for, or which answers 502 again and again."""

import os
import random
import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.scenarios.harness import BridgeHarness, TelegramTalk
from tests.tls import behind_tls, write_certificate

NAMES = {
    "a name that nobody knows": {
        "ClientConnectorDNSError",
        "ConnectionTimeoutError",
    },  # where no resolver answers either
    "a certificate that nobody vouches for": {"ClientConnectorCertificateError"},
}

storms = pytest.mark.parametrize(
    "refusals",
    [
        pytest.param(int(os.environ.get("REFUSALS", "8")), id="normal"),
        pytest.param(500, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)


def told(bridge: BridgeHarness) -> Counter[str]:
    """The troubles of Telegram's that the log tells of, by what they are."""
    lines = re.findall(r"adapter\.disconnected +adapter=helpdesk because='?([^ ']+)", bridge.log)
    return Counter(lines)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that only its own authority, which is itself, vouches for; with its key."""
    return write_certificate(tmp_path / "tls.pem")


@pytest.fixture(params=NAMES)
def unreachable(request: pytest.FixtureRequest) -> str:
    """What is wrong with the address."""
    wrong: str = request.param
    return wrong


async def test_people_are_answered_once_the_address_is_mended(
    bridge: BridgeHarness, certificate: Path, unreachable: str
) -> None:
    """The log names the trouble once, and nobody was written to before."""
    async with behind_tls(certificate, bridge.telegram.port) as address:
        wrong = address if "certificate" in unreachable else "http://telegram.invalid"
        config = yaml.safe_load(bridge.config.read_text())
        right = config["adapters"]["helpdesk"]["api_url"]
        config["adapters"]["helpdesk"]["api_url"] = wrong
        bridge.config.write_text(yaml.safe_dump(config))
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await bridge.start(telegram=False)
        await bridge.until(lambda: told(bridge))
        assert [] == bridge.telegram.calls
        config["adapters"]["helpdesk"]["api_url"] = right
        bridge.config.write_text(yaml.safe_dump(config))
        bridge.signal(signal.SIGHUP)
        await ann.reads("You said: hello")
    assert await bridge.terminate() == 0

    assert ["You said: hello"] == ann.answers
    assert [1] == [*told(bridge).values()]
    assert {*told(bridge)} <= NAMES[unreachable]


@storms
async def test_a_storm_of_bad_gateways_loses_nothing_and_fills_no_log(bridge: BridgeHarness, refusals: int) -> None:
    """Whatever is called: every second call is refused, polls and answers alike."""
    chance, began = random.Random(refusals), time.monotonic()
    talks: list[TelegramTalk] = [bridge.in_private("Ann"), bridge.in_private("Bob"), bridge.in_group("Eve")]
    await bridge.start()
    bridge.telegram.faults.add("*", times=refusals, status=502, when=lambda _params: chance.random() < 0.5)
    asked = 0
    while asked < 2 or sum(not call.ok for call in bridge.telegram.calls) < refusals:
        for talk in talks:
            talk.says(f"question {asked}")
        for talk in talks:
            await talk.until(lambda talk=talk, number=asked: f"You said: question {number}" in talk.answers, within=120)
        asked += 1
    assert await bridge.terminate() == 0

    answered = [
        [said for said in talk.answers if said.startswith("You said")] for talk in talks
    ]  # not who was told to wait
    assert [[f"You said: question {number}" for number in range(asked)]] * len(talks) == answered
    assert told(bridge)["502"] <= 1 + (time.monotonic() - began) // 60
