"""Closing time: what SIGTERM does to an answer that has begun."""

import signal
from asyncio import gather

from tests.scenarios.world import WHOLE, World


class TestAskedToEnd:
    """An operator restarts the daemon while somebody is being answered."""

    async def test_the_answers_are_finished_first(self, either_world: World) -> None:
        world = either_world
        await world.start()
        talks = world.everywhere("Ann")
        await world.half_said(*talks, question="and?", pause="closing")
        world.signal(signal.SIGTERM)
        await world.slack.until(lambda: not world.slack.sockets.open)  # it has stopped listening
        world.coze.go("closing 2")

        assert await world.ended() == 0
        assert [[WHOLE]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(world.asked("and?"))

    async def test_a_second_time_it_goes_at_once(self, world: World) -> None:
        """And the answer is finished by the next start."""
        await world.start()
        ann = world.in_private("Ann")
        await world.half_said(ann, question="and?", pause="closing")
        world.signal(signal.SIGTERM)
        await world.slack.until(lambda: not world.slack.sockets.open)
        world.signal(signal.SIGTERM)

        assert await world.ended() == 128 + signal.SIGTERM
        assert [] == ann.answers
        await world.start()
        world.coze.go("closing 2")
        await ann.reads(WHOLE)
        assert 1 == len(world.asked("and?"))

    async def test_an_idle_daemon_ends_with_nothing_to_do(self, world: World) -> None:
        await world.start()

        assert await world.terminate() == 0
        assert world.coze.chats == []


class TestThePatienceOfADrain:
    """An answer that takes longer than the operator wants to wait."""

    async def test_what_takes_too_long_is_continued_by_the_next_start(self, hasty_world: World) -> None:
        """With everything that waited behind it."""
        world = hasty_world
        await world.start()
        talks = world.everywhere("Ann")
        await world.half_said(*talks, question="one", pause="closing")
        begun = [talk.ids for talk in talks]
        ann = talks[0]
        ann.says("two")
        await world.telegram.until(lambda: not world.telegram.pending())

        assert await world.terminate() == 0
        await world.start()
        world.coze.go("closing 2")
        await gather(*(talk.reads(WHOLE) for talk in talks[1:]), ann.reads(WHOLE, "You said: two"))
        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert 4 == len(world.asked("one"))
        assert 1 == len(world.asked("two"))
