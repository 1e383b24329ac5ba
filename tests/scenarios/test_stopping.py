"""Closing time: what SIGTERM does to an answer that has begun."""

import signal
from asyncio import gather

from tests.scenarios.harness import WHOLE, BridgeHarness


class TestAskedToEnd:
    """An operator restarts the daemon while somebody is being answered."""

    async def test_the_answers_are_finished_first(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge = bridge_on_each_db
        await bridge.start()
        talks = bridge.everywhere("Ann")
        await bridge.half_said(*talks, question="and?", pause="closing")
        bridge.signal(signal.SIGTERM)
        await bridge.slack.until(lambda: not bridge.slack.sockets.open)  # it has stopped listening
        bridge.coze.go("closing 2")

        assert await bridge.ended() == 0
        assert [[WHOLE]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(bridge.asked("and?"))

    async def test_a_second_time_it_goes_at_once(self, bridge: BridgeHarness) -> None:
        """And the answer is finished by the next start."""
        await bridge.start()
        ann = bridge.in_private("Ann")
        await bridge.half_said(ann, question="and?", pause="closing")
        bridge.signal(signal.SIGTERM)
        await bridge.slack.until(lambda: not bridge.slack.sockets.open)
        bridge.signal(signal.SIGTERM)

        assert await bridge.ended() == 128 + signal.SIGTERM
        assert [] == ann.answers
        await bridge.start()
        bridge.coze.go("closing 2")
        await ann.reads(WHOLE)
        assert 1 == len(bridge.asked("and?"))

    async def test_an_idle_daemon_ends_with_nothing_to_do(self, bridge: BridgeHarness) -> None:
        await bridge.start()

        assert await bridge.terminate() == 0
        assert bridge.coze.chats == []


class TestThePatienceOfADrain:
    """An answer that takes longer than the operator wants to wait."""

    async def test_what_takes_too_long_is_continued_by_the_next_start(self, bridge_short_drain: BridgeHarness) -> None:
        """With everything that waited behind it."""
        bridge = bridge_short_drain
        await bridge.start()
        talks = bridge.everywhere("Ann")
        await bridge.half_said(*talks, question="one", pause="closing")
        begun = [talk.ids for talk in talks]
        ann = talks[0]
        ann.says("two")
        await bridge.telegram.until(lambda: not bridge.telegram.pending())

        assert await bridge.terminate() == 0
        await bridge.start()
        bridge.coze.go("closing 2")
        await gather(*(talk.reads(WHOLE) for talk in talks[1:]), ann.reads(WHOLE, "You said: two"))
        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert 4 == len(bridge.asked("one"))
        assert 1 == len(bridge.asked("two"))
