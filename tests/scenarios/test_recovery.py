"""The power fails: kill -9 at every moment of an answer, and what people see once the daemon is back."""

from asyncio import gather

import httpx
import pytest

from tests.scenarios.world import TOKEN, WHOLE, World

BOTH_PLATFORMS = ("in_private", "in_thread")


class TestKilledInTheMiddleOfAnAnswer:
    """Half of it can be read when the power fails."""

    async def test_the_same_message_goes_on_to_the_end(self, either_world: World) -> None:
        """In a private chat it was a draft, elsewhere a message; Coze still speaks when the daemon is back."""
        world = either_world
        await world.start()
        talks = world.everywhere("Ann")
        await world.half_said(*talks, question="and?", pause="dark")
        begun = [talk.ids for talk in talks]
        await world.kill()
        await world.start()
        world.coze.go("dark 2")
        await gather(*(talk.reads(WHOLE) for talk in talks))
        assert await world.terminate() == 0

        assert [[WHOLE]] * 4 == [talk.answers for talk in talks]
        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert 4 == len(world.asked("and?"))

    async def test_an_answer_that_was_finished_meanwhile_is_fetched(self, world: World) -> None:
        """Coze goes on although its listener is dead; what it says has to be read from its list."""
        await world.start()
        talks = world.everywhere("Ann")
        await world.half_said(*talks, question="and?", pause="dark")
        await world.kill()
        world.coze.go("dark 2")
        await world.coze.until(lambda: {chat.status for chat in world.asked("and?")} == {"completed"})
        await world.start()
        await gather(*(talk.reads(WHOLE) for talk in talks))
        assert await world.terminate() == 0

        assert [[WHOLE]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(world.asked("and?"))

    async def test_what_comes_after_keeps_its_place(self, world: World) -> None:
        """The next question waited behind the one that was cut off; it still does, through two more power cuts."""
        await world.start()
        ann = world.in_private("Ann")
        await world.half_said(ann, question="one", pause="dark")
        ann.says("two")
        await world.telegram.until(lambda: not world.telegram.pending())
        await world.kill()
        await world.start()
        await world.kill()
        await world.start()
        world.coze.go("dark 2")
        await ann.reads(WHOLE, "You said: two")
        assert await world.terminate() == 0

        assert ["one", "two"] == [chat.question for chat in world.coze.chats]


class TestKilledAtAnyOtherMoment:
    """Each stage between hearing a question and having answered it."""

    async def test_before_coze_has_heard_the_question(self, either_world: World) -> None:
        """The question is on disk, and Coze does not know it: it is asked once the daemon is back."""
        world = either_world
        await world.start()
        ann, bob = world.in_private("Ann"), world.in_thread("Bob")
        world.answers("hm?", "Here ", "I am.")
        world.coze.faults.add("chat", delay=60.0, times=2)
        ann.says("hm?")
        bob.says("hm?")
        await world.coze.until(lambda: len(world.coze.called("conversation.create")) >= 2)
        await world.telegram.until(lambda: not world.telegram.pending())
        await world.slack.settled()
        await world.kill()
        world.coze.faults.clear()
        await world.start()
        await ann.reads("Here I am.")
        await bob.reads("Here I am.")
        assert await world.terminate() == 0

        assert 2 == len(world.asked("hm?"))

    async def test_when_coze_has_the_question_but_has_not_said_so(self, either_world: World) -> None:
        """Nobody told us the chat's id: it is looked for by our mark before anything is asked again."""
        world = either_world
        await world.start()
        talks = world.everywhere("Ann")
        world.answers("hm?", "Here ", "I am.")
        world.coze.faults.add("chat", apply=True, cut=True, times=4)
        for talk in talks:
            talk.says("hm?")
        await world.coze.until(lambda: len(world.asked("hm?")) == 4)
        await world.kill()
        await world.start()
        await gather(*(talk.reads("Here I am.") for talk in talks))
        assert await world.terminate() == 0

        assert [["Here I am."]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(world.asked("hm?"))

    async def test_before_the_first_word(self, world: World) -> None:
        """Coze has the question and thinks; nothing stands anywhere."""
        await world.start()
        talks = world.everywhere("Ann")
        world.answers("hm?", pause="thinking", then=("Here ", "I am."))
        for talk in talks:
            talk.says("hm?")
        await world.coze.until(lambda: len(world.asked("hm?")) == 4)
        await world.paused("thinking")
        await world.kill()
        await world.start()
        world.coze.go("thinking")
        await gather(*(talk.reads("Here I am.") for talk in talks))
        assert await world.terminate() == 0

        assert [["Here I am."]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(world.asked("hm?"))

    async def test_before_it_could_say_that_it_was_stopped(self, world: World) -> None:
        """The bot was silenced before its first word, and so were we: nobody waits for an answer without knowing."""
        await world.start()
        talks = world.everywhere("Ann")
        world.answers("hm?", pause="thinking", then=("nobody hears this",))
        for talk in talks:
            talk.says("hm?")
        await world.coze.until(lambda: len(world.asked("hm?")) == 4)
        await world.paused("thinking")
        await world.kill()
        async with httpx.AsyncClient(base_url=world.coze.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            for chat in world.asked("hm?"):
                ids = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
                await client.post("/v3/chat/cancel", json=ids)
        assert {"canceled"} == {chat.status for chat in world.asked("hm?")}
        await world.start()
        await gather(*(talk.reads("⏹ Stopped.") for talk in talks))
        assert await world.terminate() == 0

        assert 4 == len(world.asked("hm?"))

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_between_the_parts_of_a_long_answer(self, world: World, where: str) -> None:
        """Several messages are needed, the first stands: the others follow it, and it is not repeated."""
        await world.start()
        ann = world.someone(where)
        words = " ".join(f"word{number}" for number in range(4_500))
        world.answers("long?", *(words[at : at + 2_000] for at in range(0, len(words), 2_000)))
        on_telegram = where == "in_private"
        platform, method = (world.telegram, "sendMessage") if on_telegram else (world.slack, "chat.postMessage")
        second = world.holds(platform, method, "word900" if on_telegram else "word2500")
        if not on_telegram:
            world.slack.native_streaming = False
        ann.says("long?")
        await second.wait()
        [first] = ann.ids
        await world.kill()
        platform.faults.clear()
        await world.start()
        await ann.until(lambda: ann.answers and "word4499" in ann.answers[-1])
        assert await world.terminate() == 0

        assert words.split() == " ".join(ann.answers).split()
        assert first == ann.ids[0]
        assert 1 == len(world.asked("long?"))

    async def test_between_writing_a_message_down_and_saying_so(self, either_world: World) -> None:
        """The platforms have not been told that we have it, so they bring it again; it is one question all the same."""
        world = either_world
        world.slack.time_scale = 0.05  # it brings again soon what was not acknowledged
        world.slack.faults.add("ack", times=1000)  # acknowledgements do not arrive
        world.telegram.faults.add("getUpdates", delay=60.0, when=lambda params: int(params.get("offset") or 0) > 0)
        await world.start()
        ann, bob = world.in_private("Ann"), world.in_thread("Bob")
        world.answers("from ann", "To Ann.", pause="ann", then=(" Yes.",))
        world.answers("from bob", "To Bob.", pause="bob", then=(" Yes.",))
        ann.says("from ann")
        bob.says("from bob")
        await world.paused("ann")
        await world.paused("bob")
        await world.kill()
        world.slack.faults.clear()
        world.telegram.faults.clear()
        await world.start()
        world.slack.hurry()
        world.coze.go("ann")
        world.coze.go("bob")
        await ann.reads("To Ann. Yes.")
        await bob.reads("To Bob. Yes.")
        await world.slack.settled()
        assert await world.terminate() == 0

        assert [1, 1] == [len(world.asked("from ann")), len(world.asked("from bob"))]
        assert ["To Ann. Yes."] == ann.answers
        assert ["To Bob. Yes."] == bob.answers

    async def test_a_send_nobody_heard_back_from_is_repeated_at_most_once(self, world: World) -> None:
        """
        The documented window: Telegram posted the answer, and the power failed before it could tell us so.

        Bots cannot read chats, so nobody can know; silence would be worse than a second copy.
        """
        await world.start()
        ann = world.in_private("Ann")
        world.answers("hm?", "Here I am.")
        world.telegram.faults.add("sendMessage", apply=True, delay=0.0, cut=True)
        ann.says("hm?")
        await ann.until(lambda: ann.answers)
        await world.kill()
        await world.start()
        world.answers("again?", "Yes.")
        ann.says("again?")
        await ann.until(lambda: "Yes." in ann.answers)
        assert await world.terminate() == 0

        assert ann.answers in (["Here I am.", "Yes."], ["Here I am.", "Here I am.", "Yes."])
        assert 1 == len(world.asked("hm?"))

    async def test_slack_is_asked_what_stands_there_before_anything_is_posted_again(self, world: World) -> None:
        """The same window on Slack is closed: its messages bear a mark that can be looked for."""
        world.slack.native_streaming = False
        await world.start()
        bob = world.in_thread("Bob")
        world.answers("hm?", "Here ", "I am.")
        world.slack.faults.add("chat.postMessage", apply=True, cut=True)
        bob.says("hm?")
        await bob.until(bob.said)
        await world.kill()
        await world.start()
        await bob.reads("Here I am.")
        assert await world.terminate() == 0

        assert ["Here I am."] == bob.answers
