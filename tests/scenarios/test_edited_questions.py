"""Somebody changes their mind: a question edited while it waits, while it is answered, and after its answer."""

import json
import signal
from asyncio import gather
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import inf

import pytest

from simulators.coze.records import Chat
from simulators.coze.script import Pause, Say
from tests.scenarios.harness import FIRST, PLACES, WHOLE, BridgeHarness, SlackThread, Talk, TelegramGroup
from tests.scenarios.test_access import refuse
from tests.scenarios.test_routes import configure

LONG = " ".join(f"word{number}" for number in range(1500))


def statuses(bridge: BridgeHarness, question: str) -> list[str]:
    return [str(chat.status) for chat in bridge.asked(question)]


async def canceled(bridge: BridgeHarness, question: str) -> None:
    await bridge.until(lambda: ["canceled"] == statuses(bridge, question))


async def half_answered(bridge: BridgeHarness, *talks: Talk, question: str) -> None:
    """Have the first words of a long answer read by all of them."""
    bridge.half(question, question)
    for talk in talks:
        talk.says(question)
    for talk in talks:
        await talk.sees("So far")


def nothing_ran_beside(chats: Sequence[Chat]) -> bool:
    """Whether each of the *chats* had ended before the next began."""
    return all((one.t_end or inf) <= other.created for one, other in pairwise(chats))


async def heard(bridge: BridgeHarness) -> None:
    """Wait until the daemon has everything that was said."""
    await bridge.until(lambda: not bridge.telegram.pending())
    await bridge.slack.settled()


@pytest.mark.parametrize("where", PLACES)
class TestWhileItIsAnswered:
    async def test_the_answer_is_given_anew_in_the_same_place(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        await half_answered(bridge, ann, question=f"how old {where}")
        begun = ann.ids
        ann.edits(f"how tall {where}")
        await canceled(bridge, f"how old {where}")
        await ann.reads(f"You said: how tall {where}")

        assert begun == ann.ids[: len(begun)]
        assert ["completed"] == statuses(bridge, f"how tall {where}")

    async def test_a_storm_ends_with_one_answer_to_the_last_form(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        await half_answered(bridge, ann, question=f"form 0 {where}")
        for number in range(1, 5):
            bridge.half(f"form {number} {where}", f"form {number} {where}")
            ann.edits(f"form {number} {where}")
        ann.edits(f"form 5 {where}")
        await ann.reads(f"You said: form 5 {where}")
        await heard(bridge)

        forms = [chat for chat in bridge.coze.chats if chat.question.startswith("form") and where in chat.question]
        assert nothing_ran_beside(forms)
        assert {"canceled"} == {str(chat.status) for chat in forms[:-1]}
        assert (f"form 5 {where}", "completed") == (forms[-1].question, str(forms[-1].status))

    async def test_an_edit_without_other_words_is_nothing(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        await half_answered(bridge, ann, question=f"as it was {where}")
        ann.edits(f"as it was {where}")
        await bridge.until(lambda: not bridge.telegram.pending())
        for number in (1, 2):
            bridge.coze.go(f"as it was {where} {number}")
        await ann.reads(WHOLE)

        assert ["completed"] == statuses(bridge, f"as it was {where}")

    async def test_a_shorter_answer_leaves_nothing_of_a_longer_one(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        bridge.plays(f"all of it {where}", Say((LONG,)), Pause(f"all of it {where}"))
        ann.says(f"all of it {where}")
        await bridge.paused(f"all of it {where}")
        await ann.until(lambda: len(ann.ids) > 1)
        ann.edits(f"some of it {where}")
        await ann.reads(f"You said: some of it {where}")


@pytest.mark.parametrize("where", PLACES)
class TestAfterItsAnswer:
    async def test_the_newest_is_answered_anew_in_place(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        bridge.answers("all", LONG)
        ann.says("all")
        await ann.until(lambda: "word1499" in "".join(ann.answers))
        first = ann.ids[0]
        ann.edits("some")
        await ann.reads("You said: some")

        assert [first] == ann.ids

    async def test_an_older_one_is_left_alone(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        ann.says("one")
        await ann.reads("You said: one")
        ann.says("two")
        await ann.reads("You said: one", "You said: two")
        ann.edits(f"not one {where}", earlier=1)
        ann.says("three")
        await ann.reads("You said: one", "You said: two", "You said: three")

        assert [] == bridge.asked(f"not one {where}")

    async def test_the_same_answer_stands_once(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        bridge.answers("which way", "North.")
        bridge.answers(f"which way? {where}", "North.")
        ann.says("which way")
        await ann.reads("North.")
        ann.edits(f"which way? {where}")
        await bridge.until(lambda: ["completed"] == statuses(bridge, f"which way? {where}"))
        ann.says("three")
        await ann.reads("North.", "You said: three")

    async def test_the_memory_goes_on(self, shared_bridge: BridgeHarness, where: str) -> None:
        ann = shared_bridge.someone(where)
        ann.says("my cat is grey")
        await ann.reads("You said: my cat is grey")
        ann.says("what?")
        await ann.reads("You said: my cat is grey", "You said: what?")
        ann.edits(FIRST)
        await ann.reads("You said: my cat is grey", "You began with: my cat is grey")


async def test_another_photo_under_the_same_words_is_another_question(shared_bridge: BridgeHarness) -> None:
    """And the same photo, sent once more, is none."""
    bridge, ann, question = shared_bridge, shared_bridge.in_private("Ann"), "这是什么树？"
    bridge.answers(question, "An oak.")
    ann.platform.says(ann.person, caption=question, photo=b"\xff\xd8\xff an oak")
    await ann.reads("An oak.")
    ann.platform.edits(ann.person, question, photo=b"\xff\xd8\xff an oak")
    await heard(bridge)
    bridge.answers(question, "A lime.")
    ann.platform.edits(ann.person, question, photo=b"\xff\xd8\xff a lime tree")
    await ann.reads("A lime.")

    [content] = [one["content"] for one in bridge.coze.called("chat")[-1].params["additional_messages"]]
    [image] = [item for item in json.loads(content) if item["type"] == "image"]
    assert 2 == len(bridge.asked(question))
    assert b"\xff\xd8\xff a lime tree" == bridge.coze.files[image["file_id"]].content


class TestWhatNobodyHasAskedYet:
    async def test_is_asked_as_it_is_by_then(self, shared_bridge: BridgeHarness) -> None:
        bridge, ann = shared_bridge, shared_bridge.in_private("Ann")
        await half_answered(bridge, ann, question="and then")
        ann.says("a frist thing")
        ann.edits("a first thing")
        await heard(bridge)
        bridge.coze.go("and then 1")
        bridge.coze.go("and then 2")
        await ann.reads(WHOLE, "You said: a first thing")

        assert [] == bridge.asked("a frist thing")

    async def test_a_piece_of_a_batch_is_changed_alone(self, shared_bridge: BridgeHarness) -> None:
        bridge, ann = shared_bridge, shared_bridge.in_private("Ann")
        paste = "x" * 4050
        ann.says(paste)
        ann.says("the end")
        await ann.gets(1)
        ann.edits("the very end")
        await bridge.until(lambda: bridge.asked(f"{paste}\nthe very end"))


class TestWhatWasNotSaidToTheBot:
    """Whoever adds its name has asked it by that, once."""

    @pytest.mark.parametrize("where", ["in_group", "in_thread"])
    async def test_is_a_question_as_soon_as_it_is(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        beside(bridge, ann, "how tall is it")
        edits_to(bridge, ann, f"how tall is {where}?")
        await ann.reads(f"You said: how tall is {where}?")
        edits_to(bridge, ann, f"how old is {where}?")
        await ann.reads(f"You said: how old is {where}?")

        assert 1 == len(bridge.asked(f"how tall is {where}?"))

    @pytest.mark.parametrize("where", ["in_group", "in_thread"])
    async def test_stays_unheard_while_it_does_not_name_the_bot(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        beside(bridge, ann, "just between us")
        edits_to(bridge, ann, f"just between us, {where}", mention=False)
        edits_to(bridge, ann, f"at last, {where}")
        await ann.reads(f"You said: at last, {where}")

        assert [] == bridge.asked(f"just between us, {where}")

    @pytest.mark.parametrize("where", ["in_group", "in_thread"])
    async def test_an_older_question_is_not_asked_again_by_that(self, shared_bridge: BridgeHarness, where: str) -> None:
        bridge, ann = shared_bridge, shared_bridge.someone(where)
        ann.says("one")
        await ann.gets(1)
        ann.says("two")
        await ann.gets(2)
        ann.edits(f"one and a half, {where}", earlier=1)
        ann.says("three")
        await ann.reads("You said: one", "You said: two", "You said: three")

        assert [] == bridge.asked(f"one and a half, {where}")


def beside(bridge: BridgeHarness, talk: Talk, text: str) -> None:
    """Have it said where the bot hears it, and to others."""
    if isinstance(talk, SlackThread):
        talk.root = bridge.slack.says(talk.person, text, talk.channel, mention=False)
    elif isinstance(talk, TelegramGroup):
        bridge.telegram.says(talk.person, text, talk.chat)


def edits_to(bridge: BridgeHarness, talk: Talk, text: str, *, mention: bool = True) -> None:
    """Change what was said last, to something that names the bot or not."""
    if isinstance(talk, SlackThread):
        assert talk.root
        bridge.slack.edits(talk.person, talk.root, bridge.slack.mention(text) if mention else text)
    elif isinstance(talk, TelegramGroup):
        bridge.telegram.edits(talk.person, bridge.telegram.mention(text) if mention else text, talk.chat)


class TestKilled:
    """The process dies at each step, and whoever comes next goes on from there."""

    async def test_while_the_old_chat_is_being_cancelled(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge, talks = bridge_on_each_db, await started(bridge_on_each_db)
        await half_answered(bridge, *talks, question="how old?")
        begun = [talk.ids for talk in talks]
        asked_to_stop = bridge.holds(bridge.coze, "chat.cancel", "")
        edited(talks, "how tall?")
        await bridge.until(asked_to_stop.is_set)
        await died(bridge)
        await all_read(talks, "You said: how tall?")
        assert await bridge.terminate() == 0

        assert begun == [talk.ids[: len(ids)] for talk, ids in zip(talks, begun, strict=True)]
        assert ["canceled"] * 4 == statuses(bridge, "how old?")
        assert ["completed"] * 4 == statuses(bridge, "how tall?")

    async def test_while_it_is_answered_anew(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge, talks = bridge_on_each_db, await started(bridge_on_each_db)
        await half_answered(bridge, *talks, question="how old?")
        await half_answered_anew(bridge, talks)
        await died(bridge)
        await all_read_the_rest(bridge, talks)
        assert await bridge.terminate() == 0

        assert ["canceled"] * 4 == statuses(bridge, "how old?")
        assert [["completed"]] * 4 == [statuses(bridge, f"how tall {number}?") for number in range(4)]

    async def test_before_the_new_chat_is_known(self, bridge_on_each_db: BridgeHarness) -> None:
        """The new question is looked for by a mark of its own: the old one's would find the cancelled chat."""
        bridge, talks = bridge_on_each_db, await started(bridge_on_each_db)
        await half_answered(bridge, *talks, question="how old?")
        bridge.coze.faults.add("chat", apply=True, cut=True, times=4)
        edited(talks, "how tall?")
        await bridge.until(lambda: 4 == len(bridge.asked("how tall?")))
        await died(bridge)
        await all_read(talks, "You said: how tall?")
        assert await bridge.terminate() == 0

        assert ["completed"] * 4 == statuses(bridge, "how tall?")

    async def test_after_its_answer(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge, talks = bridge_on_each_db, await started(bridge_on_each_db)
        for talk in talks:
            talk.says("how old?")
        await all_read(talks, "You said: how old?")
        await half_answered_anew(bridge, talks)
        await died(bridge)
        await all_read_the_rest(bridge, talks)
        assert await bridge.terminate() == 0

        assert [["completed"]] * 4 == [statuses(bridge, f"how tall {number}?") for number in range(4)]


async def started(bridge: BridgeHarness) -> list[Talk]:
    """Somebody in each kind of place, and a daemon that hears them."""
    await bridge.start()
    return bridge.everywhere("Ann")


async def died(bridge: BridgeHarness) -> None:
    """Kill the daemon once it has heard everything, and start it again."""
    await heard(bridge)
    await bridge.kill(at_once=True)
    bridge.coze.faults.clear()
    await bridge.start()


def edited(talks: Iterable[Talk], text: str) -> None:
    for talk in talks:
        talk.edits(text)


async def half_answered_anew(bridge: BridgeHarness, talks: Sequence[Talk]) -> None:
    """Have each of them ask something else, and the bot come half way with it."""
    for number, talk in enumerate(talks):
        bridge.answers(f"how tall {number}?", "So ", pause=f"tall {number}", then=["tall."])
        talk.edits(f"how tall {number}?")
    for number in range(len(talks)):
        await bridge.paused(f"tall {number}")


async def all_read_the_rest(bridge: BridgeHarness, talks: Sequence[Talk]) -> None:
    for number in range(len(talks)):
        bridge.coze.go(f"tall {number}")
    await all_read(talks, "So tall.")


async def all_read(talks: Iterable[Talk], text: str) -> None:
    await gather(*(talk.reads(text) for talk in talks))


class TestNoWayRound:
    async def test_access(self, bridge: BridgeHarness) -> None:
        """Who is shut out after asking changes nothing any more."""
        eve, ann = bridge.in_private("Eve"), bridge.in_private("Ann")
        await bridge.start()
        eve.says("let me in")
        await eve.reads("You said: let me in")
        refuse(bridge, [eve])
        bridge.signal(signal.SIGHUP)
        await bridge.until(lambda: "config.reloaded" in bridge.log)
        eve.edits("open up")
        ann.says("hello")
        await ann.reads("You said: hello")
        assert await bridge.terminate() == 0

        assert [] == bridge.asked("open up")

    async def test_limits(self, bridge: BridgeHarness) -> None:
        """Each answer given anew counts as one."""
        configure(bridge, defaults={"limits": {"messages": "2/day"}})
        await bridge.start()
        ann = bridge.in_private("Ann")
        ann.says("one")
        await ann.reads("You said: one")
        ann.edits("two")
        await ann.reads("You said: two")
        ann.edits("three")
        *_, sorry = await ann.gets(2)
        assert await bridge.terminate() == 0

        assert "a lot at once" in sorry
        assert [] == bridge.asked("three")
