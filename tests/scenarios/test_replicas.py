"""Two replicas on one PostgreSQL: what one cannot finish the other does, and nobody is answered by both."""

import re
from asyncio import gather
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scenarios.harness import WHOLE, BridgeHarness

pytestmark = pytest.mark.postgres
LEASE = "2s"


def counted(bridge: BridgeHarness, name: str) -> str:
    """How many replicas the one of that name knows of."""
    return "".join(re.findall(r"replicas=(\d+)", bridge.replicas[name].log.read_text())[-1:])


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(tmp_path: Path, postgres_url: str) -> AsyncIterator[BridgeHarness]:
    """A bridge with two replicas, a and b, of which a was first and polls Telegram."""
    async with BridgeHarness(tmp_path, postgres_url, worker={"lease": LEASE}) as bridge:
        await bridge.start("a")
        await bridge.start("b")
        yield bridge


class TestTwoReplicas:
    """Side by side."""

    async def test_each_question_is_answered_once_whoever_hears_it(self, bridge: BridgeHarness) -> None:
        """Slack shares its events among all sockets; Telegram is polled by one."""
        talks = [talk for number in range(3) for talk in bridge.everywhere(f"P{number}")]
        for number, talk in enumerate(talks):
            bridge.answers(f"question {number}", f"Answer {number}.")
            talk.says(f"question {number}")
        await gather(*(talk.reads(f"Answer {number}.") for number, talk in enumerate(talks)))
        assert [0, 0] == [*await gather(bridge.terminate("a"), bridge.terminate("b"))]

        assert [[f"Answer {number}."] for number in range(len(talks))] == [talk.answers for talk in talks]
        assert len(talks) == len(bridge.coze.chats)

    async def test_when_one_dies_the_other_takes_over_its_answers_and_its_ears(self, bridge: BridgeHarness) -> None:
        """Within the lease, and without a word twice; the drafts and messages that were begun are gone on with."""
        talks = bridge.everywhere("Ann")
        await bridge.half_said(*talks, question="and?", pause="dark")
        begun = [talk.ids for talk in talks]
        await bridge.kill("a")
        bridge.coze.go("dark 2")
        await gather(*(talk.reads(WHOLE) for talk in talks))
        for talk in talks:
            talk.says("still there?")
        await gather(*(talk.reads(WHOLE, "You said: still there?") for talk in talks))
        assert await bridge.terminate("b") == 0

        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert 8 == len(bridge.coze.chats)

    async def test_each_keeps_to_its_part_of_the_budgets(self, bridge: BridgeHarness) -> None:
        """They count each other, and one that has died is not counted for longer than its lease."""
        for name in ("a", "b"):
            await bridge.until(lambda name=name: counted(bridge, name) == "2")
        await bridge.kill("b")
        await bridge.until(lambda: counted(bridge, "a") == "1")
        assert await bridge.terminate("a") == 0

    async def test_a_rolling_restart_loses_and_doubles_nothing(self, bridge: BridgeHarness) -> None:
        """One after the other ends politely and begins again, while a conversation goes on."""
        ann, bob = bridge.in_private("Ann"), bridge.in_thread("Bob")
        said: list[str] = []
        for number, restarted in enumerate(["a", "b", None]):
            for talk in (ann, bob):
                talk.says(f"{number}")
            said.append(f"You said: {number}")
            if restarted:
                assert await bridge.terminate(restarted) == 0
                await bridge.start(restarted)
            await gather(ann.reads(*said), bob.reads(*said))
        assert [0, 0] == [*await gather(bridge.terminate("a"), bridge.terminate("b"))]

        assert 6 == len(bridge.coze.chats)
        assert [said, said] == [ann.answers, bob.answers]

    async def test_the_next_question_waits_for_the_answer_before_it_on_any_replica(self, bridge: BridgeHarness) -> None:
        """Coze refuses a second chat in a conversation (4016): it must never be asked for one."""
        bob = bridge.in_thread("Bob")
        bridge.answers("zero", "Zero.")
        bob.says("zero")
        await bob.reads("Zero.")
        await bridge.half_said(bob, question="one", pause="busy")
        for question in ("two", "three"):
            bob.says(question)
        await bridge.slack.settled()
        bridge.coze.go("busy 2")
        await bob.reads("Zero.", WHOLE, "You said: two", "You said: three")

        assert [] == [call for call in bridge.coze.called("chat") if not call.ok]
