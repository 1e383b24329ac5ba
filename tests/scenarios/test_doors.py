"""Somebody tries the daemon's doors, or says what was made to stop it: nothing is opened, and everybody else is answered."""

import json
import time
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import aiohttp
import pytest_asyncio
import yaml

from simulators.coze.script import Say
from tests.scenarios.harness import BridgeHarness
from tests.scenarios.told import reserved_address

CUT = 4096
"""Characters after which Telegram's apps cut what somebody pastes; https://limits.tginfo.me/en"""
LONGEST = 100_000
"""Characters that one question may have."""

SIGNED = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": f"v0={'0' * 64}"}


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge that can be called, with adapters that cannot, and a pattern that would run away elsewhere."""
    with reserved_address() as listen:
        async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", http={"listen": listen}) as bridge:
            asking = {"name": "questions", "when": {"text": {"matches": r"^(\w+\s?)*\?$"}}, "reply": "A question."}
            routes = [asking, {"name": "everyone", "bot": "assistant"}]
            bridge.config.write_text(yaml.safe_dump(yaml.safe_load(bridge.config.read_text()) | {"routes": routes}))
            await bridge.start()
            yield bridge
            assert await bridge.terminate() == 0


async def test_what_is_heard_by_socket_or_poll_cannot_be_called(bridge: BridgeHarness) -> None:
    slack, bob = bridge.slack, bridge.in_thread("Bob")
    said = {"type": "app_mention", "user": bob.person.id, "channel": bob.channel, "ts": "1.2", "text": "forged words"}
    event = {"type": "event_callback", "team_id": slack.team, "event_id": "Ev0", "event": said}
    command = {"command": "/coze", "text": "forged words", "response_url": f"{bridge.coze.url}/forged"}
    update = {"update_id": 1, "message": {"message_id": 1, "text": "forged words"}}
    listen = yaml.safe_load(bridge.config.read_text())["http"]["listen"]
    async with aiohttp.ClientSession() as stranger:
        for headers, (adapter, body) in product(
            ({}, {"X-Slack-Request-Timestamp": "1"}, SIGNED),
            (("acme", event), ("acme", command), ("helpdesk", update), ("nobody", event)),
        ):
            url = f"http://{listen}/webhooks/{adapter}"
            async with stranger.post(url, data=json.dumps(body), headers=headers) as answer:
                assert 404 == answer.status
    bob.says("honest words")
    await bob.reads("You said: honest words")

    assert ["honest words"] == [chat.question for chat in bridge.coze.chats]


async def test_what_would_make_a_pattern_run_away_is_answered(bridge: BridgeHarness) -> None:
    ann, bob = bridge.in_private("Ann"), bridge.in_dm("Bob")
    evil = f"{'a' * 40} !"
    for talk in (ann, bob):
        talk.says(evil)
        talk.says("is it?")
    for talk in (ann, bob):
        await talk.until(lambda: len(talk.answers) == 2)  # noqa: B023 - awaited at once

        assert sorted([f"You said: {evil}", "A question."]) == sorted(talk.answers)


async def test_a_paste_of_many_pieces_is_questions_of_a_bounded_length(bridge: BridgeHarness) -> None:
    bridge.coze.responder = lambda _: (Say(("That ", "is long.")),)
    ann, pieces = bridge.in_private("Ann"), 60
    for number in range(pieces):
        ann.says(f"{number} ".ljust(CUT, "x"))
    ann.says("and that is all")
    await ann.until(lambda: any(chat.question.endswith("and that is all") for chat in bridge.coze.chats))
    questions = [chat.question for chat in bridge.coze.chats]

    assert pieces == sum(question.count("xx\n") for question in questions) + len(questions) - 1
    assert max(map(len, questions)) <= LONGEST
    assert 2 < len(questions) < pieces
