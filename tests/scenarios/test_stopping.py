"""Closing time: what SIGTERM does to an answer that has begun."""

import signal

import pytest

from tests.scenarios.world import World

BOTH_PLATFORMS = ("in_private", "in_thread")


class TestAskedToEnd:
    """An operator restarts the daemon while somebody is being answered."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_the_answer_is_finished_first(self, either_world: World, where: str) -> None:
        world = either_world
        await world.start()
        ann = world.someone(where)
        world.answers("and?", "The first half ", "is here, ", pause="closing", then=("and here ", "is the second."))
        ann.says("and?")
        await ann.sees("The first half")
        world.signal(signal.SIGTERM)
        await world.slack.until(lambda: not world.slack.sockets.open)  # it has stopped listening
        world.coze.go("closing")

        assert await world.ended() == 0
        assert ["The first half is here, and here is the second."] == ann.answers
        assert 1 == len(world.asked("and?"))

    async def test_a_second_time_it_goes_at_once(self, world: World) -> None:
        """And the answer is finished by the next start."""
        await world.start()
        ann = world.in_private("Ann")
        world.answers("and?", "The first half ", "is here, ", pause="closing", then=("and here ", "is the second."))
        ann.says("and?")
        await ann.sees("The first half")
        world.signal(signal.SIGTERM)
        await world.slack.until(lambda: not world.slack.sockets.open)
        world.signal(signal.SIGTERM)

        assert await world.ended() == 128 + signal.SIGTERM
        assert [] == ann.answers
        await world.start()
        world.coze.go("closing")
        await ann.reads("The first half is here, and here is the second.")
        assert 1 == len(world.asked("and?"))

    async def test_an_idle_daemon_ends_with_nothing_to_do(self, world: World) -> None:
        await world.start()

        assert await world.terminate() == 0
        assert world.coze.chats == []


class TestThePatienceOfADrain:
    """An answer that takes longer than the operator wants to wait."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_what_takes_too_long_is_continued_by_the_next_start(self, hasty_world: World, where: str) -> None:
        world = hasty_world
        await world.start()
        ann = world.someone(where)
        world.answers("and?", "The first half ", "is here, ", pause="closing", then=("and here ", "is the second."))
        ann.says("and?")
        await ann.sees("The first half")
        begun = ann.ids

        assert await world.terminate() == 0
        await world.start()
        world.coze.go("closing")
        await ann.reads("The first half is here, and here is the second.")
        assert begun == ann.ids[: len(begun)]
        assert 1 == len(ann.ids)
        assert 1 == len(world.asked("and?"))

    async def test_what_waited_behind_it_is_answered_too(self, hasty_world: World) -> None:
        world = hasty_world
        await world.start()
        ann = world.in_private("Ann")
        world.answers("one", "The first ", pause="closing", then=("answer.",))
        world.answers("two", "The second answer.")
        ann.says("one")
        await ann.sees("The first")
        ann.says("two")
        await world.telegram.until(lambda: not world.telegram.pending())

        assert await world.terminate() == 0
        world.coze.go("closing")
        await world.start()
        await ann.reads("The first answer.", "The second answer.")
        assert ["one", "two"] == [chat.question for chat in world.coze.chats]
