"""
Whatever is brought to the running daemon, by polling, webhook, socket, signed call and strangers: it lives, and answers who asks honestly.

Every door has its adapter, all in one daemon; what is brought is `telegram_updates` and `slack_events` made wrong, five hundred
in the normal run or as many as ``SPOILT`` says, twenty thousand in a soak. A failure is told with its ``SEED``.
"""

import asyncio
import gc
import json
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from simulators.slack.delivery import Delivery, Transport
from simulators.telegram import TOKEN, Telegram
from tests.fuzz.slack_events import spoilt_payload
from tests.fuzz.telegram_updates import spoilt_update
from tests.ports import free_port
from tests.scenarios.harness import BridgeHarness, Talk

HOOKED = "654321:the-token-of-a-bot-that-is-called"
EVERY = 500
"""Spoilt updates between two honest questions."""
WITHIN = 600.0
"""Seconds for an honest answer on a busy machine: the spoilt ones that can be read are answered, too."""

AT_ONCE = 16
"""
Deliveries of Slack's under way at the same time. It sends an app eight a second at most, each to be acknowledged in three seconds:
hundreds in one instant would tell how fast the machine is. https://docs.slack.dev/apis/events-api/#rate-limiting
"""

PATIENT = 20.0
"""Times as long as Slack waits for an acknowledgement: how fast the machine is, is measured elsewhere."""

ACKNOWLEDGED_WITHIN = 20.0
"""Seconds for whatever Slack has sent, by either way, to be acknowledged."""

CONFIRMED_WITHIN = 60.0
"""Seconds for whatever Telegram has told to be confirmed: a poll confirms the one before, once all of that is accepted."""


class Storm:
    """Everything at once, at all four doors of one daemon."""

    def __init__(self, bridge: BridgeHarness, url: str, seed: int) -> None:
        self._bridge = bridge
        bridge.slack.events_url = f"{url}/webhooks/web"
        self._random = Random(seed)
        self._talks: list[Talk] = [bridge.in_private("Ann"), bridge.in_dm("Bob")]
        self._questions = 0
        self._url = url
        self._strangers: list[asyncio.Task[int | None]] = []

    async def blow(self, number: int) -> None:
        """Bring one spoilt update or event, by one of the doors, no faster than Slack does."""
        await self._bridge.until(lambda: self._has_room() or not self._lives, within=WITHIN)
        door = self._random.choices((self._by_update, self._by_event, self._by_stranger), (9, 9, 2))[0]
        door(number)

    def _has_room(self) -> bool:
        """Whether Slack may send; what waits to be sent again takes room, so it is sent now."""
        courier = self._bridge.slack.courier
        if courier.under_way >= AT_ONCE:
            courier.hurry()
        return courier.under_way < AT_ONCE

    async def strangers_told(self) -> set[int | None]:
        """With which statuses all who brought something without a signature were sent away."""
        return set(await asyncio.gather(*self._strangers))

    async def ask_honestly(self) -> None:
        """Have somebody on each platform ask, and read the answer to just that."""
        self._questions += 1
        for talk in self._talks:
            talk.says(f"question {self._questions}")
        answer = f"You said: question {self._questions}"
        for talk in self._talks:
            with suppress(TimeoutError):
                await self._bridge.until(lambda talk=talk: answer in talk.answers or not self._lives, within=WITHIN)

            assert self._lives
            assert answer in talk.answers

    @property
    def _lives(self) -> bool:
        return self._bridge.replicas["a"].process.returncode is None

    def _by_update(self, number: int) -> None:
        telegram = self._bridge.telegram
        token = self._random.choice((TOKEN, HOOKED))
        bot = telegram.bot(token)
        me = {"id": bot.id, "is_bot": True, "first_name": "Bot", "username": str(bot.person.username)}
        update = spoilt_update(self._random, me, number * 100)
        [(kind, payload)] = update.items() if isinstance(update, dict) and len(update) == 1 else [("message", update)]
        telegram.update(str(kind), payload, lane=str(number % 20), bot=token)

    def _by_stranger(self, number: int) -> None:
        """What may come by HTTP, signed by nobody, or by somebody else."""
        payload = spoilt_payload(
            self._random, self._bridge.slack.team, self._bridge.slack.bot_user, "U0CID", number
        ).body
        update = spoilt_update(self._random, {"id": 1, "is_bot": True, "first_name": "Bot", "username": "bot"}, number)
        adapter, body = self._random.choice(
            (("web", payload), ("hook", update), ("acme", payload), ("helpdesk", update))
        )
        stamp = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": f"v0={number:064x}"}
        secret = {"X-Telegram-Bot-Api-Secret-Token": "guessed"}
        call = _call(f"{self._url}/webhooks/{adapter}", body, self._random.choice(({}, stamp, secret)))
        self._strangers.append(asyncio.create_task(call))

    def _by_event(self, number: int) -> None:
        slack = self._bridge.slack
        ways: tuple[Transport, ...] = (slack.sockets, slack.push)
        way = self._random.choice(ways)
        kind, body = spoilt_payload(
            self._random, slack.team, slack.bot_user, "U0CID", number, answers=f"{slack.url}/respond/1"
        )
        if isinstance(body, dict):
            slack.courier.send(Delivery(kind=kind, payload=body), way)


async def _call(url: str, body: Any, headers: Mapping[str, str]) -> int | None:
    """The status that is told to a stranger who brings *body*; None where they are cut off while they still send it."""
    data = json.dumps(body)
    with suppress(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as stranger, stranger.post(url, data=data, headers=headers) as answer:
            return answer.status
    return None


@pytest.fixture(
    params=[
        pytest.param(int(os.environ.get("SPOILT", "500")), id="normal"),
        pytest.param(20_000, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(2 * 3600)]),
    ]
)
def spoilt(request: pytest.FixtureRequest) -> int:
    """How many are brought."""
    number: int = request.param
    return number


@pytest.fixture
def url() -> str:
    """Where the daemon can listen."""
    return f"http://127.0.0.1:{free_port()}"


@pytest_asyncio.fixture
async def bridge(tmp_path: Path, url: str) -> AsyncIterator[BridgeHarness]:
    """A daemon with an adapter for each door."""
    bridge = BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", http={"listen": url[7:], "public_url": url})
    bridge.telegram = Telegram(tokens={TOKEN: "testbot", HOOKED: "hookbot"})
    bridge.telegram.time_scale, bridge.slack.time_scale = 0.05, PATIENT
    async with bridge:
        settings = yaml.safe_load(bridge.config.read_text())
        adapters: dict[str, Any] = settings["adapters"]
        adapters["hook"] = adapters["helpdesk"] | {"token": HOOKED, "receive": "webhook"}
        adapters["web"] = {name: value for name, value in adapters["acme"].items() if name != "app_token"}
        adapters["web"]["api_url"] += "./"  # one app at both doors, which no config may name twice by one address
        adapters["web"]["signing_secret"] = bridge.slack.signing_secret
        bridge.config.write_text(yaml.safe_dump(settings))
        yield bridge


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """What a test has frozen is looked through again after it."""
    yield
    gc.unfreeze()


@pytest.mark.timeout(1800)
async def test_it_lives_and_answers_whatever_else_is_brought(bridge: BridgeHarness, url: str, spoilt: int) -> None:
    await bridge.start()
    storm = Storm(bridge, url, seed=int(os.environ.get("SEED", "1")))
    for number in range(1, spoilt + 1):
        await storm.blow(number)
        if number % EVERY == 0:
            gc.freeze()  # the platforms here forget nothing: a look through all of it would keep sockets waiting for seconds
            await storm.ask_honestly()
    bridge.slack.courier.hurry()
    with suppress(TimeoutError):  # what is not acknowledged is told below
        await bridge.slack.settled(within=ACKNOWLEDGED_WITHIN)
    refused = await storm.strangers_told()
    queues = [bridge.telegram.bot(token).updates for token in (TOKEN, HOOKED)]
    with suppress(TimeoutError):  # what is not confirmed is rightly told again after a restart
        await bridge.until(lambda: not any(queue.waiting for queue in queues), within=CONFIRMED_WITHIN)
    assert [{}, {}] == [queue.waiting for queue in queues]
    assert await bridge.terminate() == 0
    await bridge.start()
    await storm.ask_honestly()
    assert await bridge.terminate() == 0

    assert "Traceback" not in bridge.log
    assert refused <= {401, 403, 404, 413, None}
    listed = (await bridge.prints(("inbox", "list", "--status", "dead", "--json"))).partition("\n")[2]
    assert json.loads(listed), "what was put aside is shown"
    lost = [(one.kind, one.reasons, one.payload) for one in bridge.slack.deliveries if not one.acked]
    late = bridge.log.count(
        "message.unaccepted"
    )  # what a busy machine does not write in time is rightly not acknowledged
    assert [] == lost[late:]
    assert {1} == set(bridge.telegram.bot(TOKEN).updates.given.values())
    assert not bridge.telegram.bot(HOOKED).updates.waiting
