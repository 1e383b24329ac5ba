"""The power fails: kill -9 at every moment of an answer, and what people see once the daemon is back."""

from asyncio import gather

import httpx
import pytest

from simulators.coze import TOKEN
from tests.scenarios.harness import WHOLE, BridgeHarness

BOTH_PLATFORMS = ("in_private", "in_thread")


class TestKilledInTheMiddleOfAnAnswer:
    """Half of it can be read when the power fails."""

    async def test_the_same_message_goes_on_to_the_end(self, bridge_on_each_db: BridgeHarness) -> None:
        """In a private chat it was a draft, elsewhere a message; Coze still speaks when the daemon is back."""
        bridge = bridge_on_each_db
        await bridge.start()
        talks = bridge.everywhere("Ann")
        await bridge.half_said(*talks, question="and?", pause="dark")
        begun = [talk.ids for talk in talks]
        await bridge.kill()
        await bridge.start()
        bridge.coze.go("dark 2")
        await gather(*(talk.reads(WHOLE) for talk in talks))
        assert await bridge.terminate() == 0

        assert [[WHOLE]] * 4 == [talk.answers for talk in talks]
        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert 4 == len(bridge.asked("and?"))

    async def test_an_answer_that_was_finished_meanwhile_is_fetched(self, bridge: BridgeHarness) -> None:
        """Coze goes on although its listener is dead; what it says has to be read from its list."""
        await bridge.start()
        talks = bridge.everywhere("Ann")
        await bridge.half_said(*talks, question="and?", pause="dark")
        await bridge.kill()
        bridge.coze.go("dark 2")
        await bridge.coze.until(lambda: {chat.status for chat in bridge.asked("and?")} == {"completed"})
        await bridge.start()
        await gather(*(talk.reads(WHOLE) for talk in talks))
        assert await bridge.terminate() == 0

        assert [[WHOLE]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(bridge.asked("and?"))

    async def test_what_comes_after_keeps_its_place(self, bridge: BridgeHarness) -> None:
        """The next question waited behind the one that was cut off; it still does, through two more power cuts."""
        await bridge.start()
        ann = bridge.in_private("Ann")
        await bridge.half_said(ann, question="one", pause="dark")
        ann.says("two")
        await bridge.telegram.until(lambda: not bridge.telegram.pending())
        await bridge.kill()
        await bridge.start()
        await bridge.kill()
        await bridge.start()
        bridge.coze.go("dark 2")
        await ann.reads(WHOLE, "You said: two")
        assert await bridge.terminate() == 0

        assert ["one", "two"] == [chat.question for chat in bridge.coze.chats]


class TestKilledAtAnyOtherMoment:
    """Each stage between hearing a question and having answered it."""

    async def test_before_coze_has_heard_the_question(self, bridge_on_each_db: BridgeHarness) -> None:
        """The question is on disk, and Coze does not know it: it is asked once the daemon is back."""
        bridge = bridge_on_each_db
        await bridge.start()
        ann, bob = bridge.in_private("Ann"), bridge.in_thread("Bob")
        bridge.answers("hm?", "Here ", "I am.")
        bridge.coze.faults.add("chat", delay=60.0, times=2)
        ann.says("hm?")
        bob.says("hm?")
        await bridge.coze.until(lambda: len(bridge.coze.called("conversation.create")) >= 2)
        await bridge.telegram.until(lambda: not bridge.telegram.pending())
        await bridge.slack.settled()
        await bridge.kill()
        bridge.coze.faults.clear()
        await bridge.start()
        await ann.reads("Here I am.")
        await bob.reads("Here I am.")
        assert await bridge.terminate() == 0

        assert 2 == len(bridge.asked("hm?"))

    async def test_when_coze_has_the_question_but_has_not_said_so(self, bridge_on_each_db: BridgeHarness) -> None:
        """Nobody told us the chat's id: it is looked for by our mark before anything is asked again."""
        bridge = bridge_on_each_db
        await bridge.start()
        talks = bridge.everywhere("Ann")
        bridge.answers("hm?", "Here ", "I am.")
        bridge.coze.faults.add("chat", apply=True, cut=True, times=4)
        for talk in talks:
            talk.says("hm?")
        await bridge.coze.until(lambda: len(bridge.asked("hm?")) == 4)
        await bridge.kill(at_once=True)
        await bridge.start()
        await gather(*(talk.reads("Here I am.") for talk in talks))
        assert await bridge.terminate() == 0

        assert [["Here I am."]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(bridge.asked("hm?"))

    async def test_before_the_first_word(self, bridge: BridgeHarness) -> None:
        """Coze has the question and thinks; nothing stands anywhere."""
        await bridge.start()
        talks = bridge.everywhere("Ann")
        bridge.answers("hm?", pause="thinking", then=("Here ", "I am."))
        for talk in talks:
            talk.says("hm?")
        await bridge.coze.until(lambda: len(bridge.asked("hm?")) == 4)
        await bridge.paused("thinking")
        await bridge.kill()
        await bridge.start()
        bridge.coze.go("thinking")
        await gather(*(talk.reads("Here I am.") for talk in talks))
        assert await bridge.terminate() == 0

        assert [["Here I am."]] * 4 == [talk.answers for talk in talks]
        assert 4 == len(bridge.asked("hm?"))

    async def test_before_it_could_say_that_it_was_stopped(self, bridge: BridgeHarness) -> None:
        """The bot was silenced before its first word, and so were we: nobody waits for an answer without knowing."""
        await bridge.start()
        talks = bridge.everywhere("Ann")
        bridge.answers("hm?", pause="thinking", then=("nobody hears this",))
        for talk in talks:
            talk.says("hm?")
        await bridge.coze.until(lambda: len(bridge.asked("hm?")) == 4)
        await bridge.paused("thinking")
        await bridge.kill()
        async with httpx.AsyncClient(base_url=bridge.coze.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            for chat in bridge.asked("hm?"):
                ids = {"conversation_id": chat.conversation_id, "chat_id": chat.id}
                await client.post("/v3/chat/cancel", json=ids)
        assert {"canceled"} == {chat.status for chat in bridge.asked("hm?")}
        await bridge.start()
        await gather(*(talk.reads("⏹ Stopped.") for talk in talks))
        assert await bridge.terminate() == 0

        assert 4 == len(bridge.asked("hm?"))

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_between_the_parts_of_a_long_answer(self, bridge: BridgeHarness, where: str) -> None:
        """Several messages are needed, the first stands: the others follow it, and it is not repeated."""
        await bridge.start()
        ann = bridge.someone(where)
        words = " ".join(f"word{number}" for number in range(4_500))
        bridge.answers("long?", *(words[at : at + 2_000] for at in range(0, len(words), 2_000)))
        on_telegram = where == "in_private"
        platform, method = (bridge.telegram, "sendMessage") if on_telegram else (bridge.slack, "chat.postMessage")
        second = bridge.holds(platform, method, "word900" if on_telegram else "word2500")
        if not on_telegram:
            bridge.slack.native_streaming = False
        ann.says("long?")
        await second.wait()
        [first] = ann.ids
        await bridge.kill()
        platform.faults.clear()
        await bridge.start()
        await ann.until(lambda: ann.answers and "word4499" in ann.answers[-1])
        assert await bridge.terminate() == 0

        assert words.split() == " ".join(ann.answers).split()
        assert first == ann.ids[0]
        assert 1 == len(bridge.asked("long?"))

    async def test_between_writing_a_message_down_and_saying_so(self, bridge_on_each_db: BridgeHarness) -> None:
        """The platforms have not been told that we have it, so they bring it again; it is one question all the same."""
        bridge = bridge_on_each_db
        bridge.slack.time_scale = 0.05  # it brings again soon what was not acknowledged
        bridge.slack.faults.add("ack", times=1000)  # acknowledgements do not arrive
        bridge.telegram.faults.add("getUpdates", delay=60.0, when=lambda params: int(params.get("offset") or 0) > 0)
        await bridge.start()
        ann, bob = bridge.in_private("Ann"), bridge.in_thread("Bob")
        bridge.answers("from ann", "To Ann.", pause="ann", then=(" Yes.",))
        bridge.answers("from bob", "To Bob.", pause="bob", then=(" Yes.",))
        ann.says("from ann")
        bob.says("from bob")
        await bridge.paused("ann")
        await bridge.paused("bob")
        await bridge.kill()
        bridge.slack.faults.clear()
        bridge.telegram.faults.clear()
        await bridge.start()
        bridge.slack.hurry()
        bridge.coze.go("ann")
        bridge.coze.go("bob")
        await ann.reads("To Ann. Yes.")
        await bob.reads("To Bob. Yes.")
        await bridge.slack.settled()
        assert await bridge.terminate() == 0

        assert [1, 1] == [len(bridge.asked("from ann")), len(bridge.asked("from bob"))]
        assert ["To Ann. Yes."] == ann.answers
        assert ["To Bob. Yes."] == bob.answers

    async def test_a_send_nobody_heard_back_from_is_repeated_at_most_once(self, bridge: BridgeHarness) -> None:
        """
        The documented window: Telegram posted the answer, and the power failed before it could tell us so.

        Bots cannot read chats, so nobody can know; silence would be worse than a second copy.
        """
        await bridge.start()
        ann = bridge.in_private("Ann")
        bridge.answers("hm?", "Here I am.")
        bridge.telegram.faults.add("sendMessage", apply=True, delay=0.0, cut=True)
        ann.says("hm?")
        await ann.until(lambda: ann.answers)
        await bridge.kill(at_once=True)
        await bridge.start()
        bridge.answers("again?", "Yes.")
        ann.says("again?")
        await ann.until(lambda: "Yes." in ann.answers)
        assert await bridge.terminate() == 0

        assert ann.answers in (["Here I am.", "Yes."], ["Here I am.", "Here I am.", "Yes."])
        assert 1 == len(bridge.asked("hm?"))

    async def test_slack_is_asked_what_stands_there_before_anything_is_posted_again(
        self, bridge: BridgeHarness
    ) -> None:
        """The same window on Slack is closed: its messages bear a mark that can be looked for."""
        bridge.slack.native_streaming = False
        await bridge.start()
        bob = bridge.in_thread("Bob")
        bridge.answers("hm?", "Here ", "I am.")
        bridge.slack.faults.add("chat.postMessage", apply=True, cut=True)
        bob.says("hm?")
        await bob.until(bob.said)
        await bridge.kill(at_once=True)
        await bridge.start()
        await bob.reads("Here I am.")
        assert await bridge.terminate() == 0

        assert ["Here I am."] == bob.answers
