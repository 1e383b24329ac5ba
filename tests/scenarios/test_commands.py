"""The bridge's own words: as people write them on each platform, in the language of whoever asks."""

import re

import pytest

from simulators.coze.script import Fail
from simulators.slack.model import Response
from tests.scenarios.harness import FIRST, BridgeHarness, SlackDirect, SlackThread, Talk

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LANGUAGES = ("en", "zh")
FRESH = "Done: I have a fresh memory. What shall we talk about?"


async def by_slash(bridge: BridgeHarness, talk: SlackDirect | SlackThread, word: str) -> str:
    """Type ``/coze word`` in Slack; gives what only they see of it."""
    before = len(bridge.slack.responses)
    bridge.slack.command(talk.person, "/coze", word, talk.channel)
    await bridge.slack.until(lambda: said(bridge.slack.responses[before:]))
    return said(bridge.slack.responses[before:])


def said(responses: list[Response]) -> str:
    """The words among them; an acknowledgement has none."""
    return "".join(one.text for one in responses)


async def known(bridge: BridgeHarness, talk: SlackDirect | SlackThread) -> None:
    """Wait until Slack has told the bridge about them, once they have spoken."""
    talk.says("hello")
    await talk.reads("You said: hello")
    await bridge.slack.until(
        lambda: [c for c in bridge.slack.called("users.info") if c.params["user"] == talk.person.id]
    )
    talk.says("are you there?")
    await talk.reads("You said: hello", "You said: are you there?")


class TestOnTelegram:
    """With a slash, from the menu."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("word", ["/start", "/help", "/new", "/status", "/stop"])
    async def test_each_is_answered_in_the_persons_language(
        self, shared_bridge: BridgeHarness, word: str, language: str
    ) -> None:
        ann = shared_bridge.in_private("Ann", language="zh-hans" if language == "zh" else language)
        ann.says(word)
        [answer] = await ann.gets(1)

        assert (language == "zh") == bool(CHINESE.search(answer))
        assert "{" not in answer
        assert [] == shared_bridge.asked(word)

    async def test_who_is_no_admin_is_told_so_and_not_turned_away(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        ann.says("/approve ABCDEFGH")
        await ann.reads("Only an admin of this bot can let people in.")

    async def test_help_tells_how_to_write_each_of_them(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        ann.says("/help")
        [answer] = await ann.gets(1)

        assert all(word in answer for word in ("/new", "/stop", "/status", "/help"))

    async def test_status_tells_who_answers_and_whose_memory_it_is(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        ann.says("/status")
        [answer] = await ann.gets(1)

        assert "assistant answers here." in answer
        assert "yours alone" in answer

    async def test_the_menu_is_filled_in_both_languages(self, shared_bridge: BridgeHarness) -> None:
        await shared_bridge.telegram.until(lambda: len(shared_bridge.telegram.called("setMyCommands")) >= 2)

        assert {"", "zh"} == {
            c.params.get("language_code") or "" for c in shared_bridge.telegram.called("setMyCommands")
        }

    async def test_what_is_no_command_of_ours_is_a_question(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        shared_bridge.answers("/weather in Xiamen", "Warm.")
        ann.says("/weather in Xiamen")
        await ann.reads("Warm.")


class TestOnSlack:
    """As ``/coze word``, or as a mention followed by the word."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("word", ["start", "help", "status", "stop", "new"])
    async def test_a_slash_command_is_answered_to_who_gave_it_alone(
        self, shared_bridge: BridgeHarness, word: str, language: str
    ) -> None:
        bob = shared_bridge.in_dm("Bob", locale="zh-CN" if language == "zh" else "en-US")
        await known(shared_bridge, bob)
        before = bob.answers
        answer = await by_slash(shared_bridge, bob, word)

        assert (language == "zh") == bool(CHINESE.search(answer))
        assert before == bob.answers

    async def test_a_mention_followed_by_the_word_is_a_command(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_thread("Bob")
        bob.tells("status")
        [answer] = await bob.gets(1)

        assert "assistant answers here." in answer
        assert "shared by everybody in this thread" in answer
        assert [] == shared_bridge.asked("status")

    async def test_a_bare_mention_gets_help(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_thread("Bob")
        bob.says("")
        [answer] = await bob.gets(1)

        assert "Just write to me" in answer

    @pytest.mark.parametrize("word", ["Stop!", "stop", "start", "new", "Help", "status"])
    async def test_a_bare_word_is_a_question_while_nothing_is_answered(
        self, shared_bridge: BridgeHarness, word: str
    ) -> None:
        """The bot may have asked "start or stop?"."""
        bob = shared_bridge.in_dm("Bob")
        bob.says(word)
        await bob.reads(f"You said: {word}")

    async def test_a_bare_stop_stops_an_answer(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_dm("Bob")
        await interrupted(shared_bridge, bob, "tell me all, alone")
        bob.says("stop")
        await stopped(shared_bridge, bob, "tell me all, alone")

    @pytest.mark.parametrize("word", ["stop", "STOP", "stop it, please", " stop "])
    async def test_a_slash_command_stops_the_answer_in_ones_thread(
        self, shared_bridge: BridgeHarness, word: str
    ) -> None:
        bob, question = shared_bridge.in_thread("Bob"), f"tell me all, in a thread, until {word!r}"
        await interrupted(shared_bridge, bob, question)
        shared_bridge.slack.command(bob.person, "/coze", word, bob.channel)
        await stopped(shared_bridge, bob, question)

    @pytest.mark.parametrize("word", ["new", "New", " new "])
    async def test_a_slash_command_makes_ones_newest_thread_forget(
        self, shared_bridge: BridgeHarness, word: str
    ) -> None:
        bob = shared_bridge.in_thread("Bob")
        bob.says("my cat is grey")
        await bob.reads("You said: my cat is grey")
        answer = await by_slash(shared_bridge, bob, word)
        bob.says(FIRST)
        await bob.reads("You said: my cat is grey", "You began with: nothing")

        assert FRESH == answer


class TestAFreshMemory:
    """``new`` forgets what was said, and nothing else."""

    @pytest.mark.parametrize("where", ["in_private", "in_dm", "in_thread"])
    async def test_what_was_said_before_is_forgotten(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        talk.says("my cat is grey")
        await talk.reads("You said: my cat is grey")
        talk.tells("new")
        await talk.reads("You said: my cat is grey", FRESH)
        talk.says(FIRST)
        await talk.reads("You said: my cat is grey", FRESH, "You began with: nothing")

    async def test_by_slash_command_too(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_dm("Bob")
        bob.says("my cat is grey")
        await bob.reads("You said: my cat is grey")
        answer = await by_slash(shared_bridge, bob, "new")
        bob.says(FIRST)
        await bob.reads("You said: my cat is grey", "You began with: nothing")

        assert FRESH == answer

    async def test_nobody_elses_memory_is_touched(self, shared_bridge: BridgeHarness) -> None:
        ann, bob = shared_bridge.in_private("Ann"), shared_bridge.in_private("Bob")
        bob.says("my dog is brown")
        await bob.reads("You said: my dog is brown")
        ann.tells("new")
        await ann.reads(FRESH)
        bob.says(FIRST)
        await bob.reads("You said: my dog is brown", "You began with: my dog is brown")


async def interrupted(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """Get half an answer, which would never end by itself."""
    bridge.answers(question, "So far, ", "so good, ", pause=question, then=("and this nobody hears.",))
    talk.says(question)
    await talk.sees("So far")
    await bridge.paused(question)


async def stopped(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """See it stopped, on the screen and at Coze."""
    await talk.until(lambda: talk.answers and "Stopped." in talk.answers[-1])

    assert ["So far, so good,", "⏹ Stopped."] == [line.strip() for line in talk.answers[-1].splitlines() if line]
    assert ["canceled"] == [chat.status for chat in bridge.asked(question)]


class TestStopping:
    """``stop`` cancels at Coze, keeps what was said, and marks it."""

    @pytest.mark.parametrize("where", ["in_private", "in_group", "in_dm", "in_thread"])
    async def test_a_word_is_enough(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        await interrupted(shared_bridge, talk, f"on and on {where}")
        talk.tells("stop")
        await stopped(shared_bridge, talk, f"on and on {where}")

        assert 1 == len(talk.answers)

    async def test_by_slash_command_too(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_dm("Bob")
        await interrupted(shared_bridge, bob, "on and on by slash")
        shared_bridge.slack.command(bob.person, "/coze", "stop", bob.channel)
        await stopped(shared_bridge, bob, "on and on by slash")

    async def test_the_button_under_a_growing_answer_cancels_at_coze(self, shared_bridge: BridgeHarness) -> None:
        """Slack itself ends the message then, and allows nothing to be added."""
        bob = shared_bridge.in_thread("Bob")
        await interrupted(shared_bridge, bob, "on and on by button")
        shared_bridge.slack.stops(bob.person, bob.ids[-1])
        await shared_bridge.coze.until(
            lambda: [c for c in shared_bridge.asked("on and on by button") if c.status == "canceled"]
        )
        await bob.gets(1)

        assert "So far" in bob.answers[0]
        assert "nobody hears" not in bob.answers[0]

    async def test_the_conversation_goes_on_afterwards(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        await interrupted(shared_bridge, ann, "on and on and then")
        ann.tells("stop")
        shared_bridge.answers("shorter?", "Yes.")
        ann.says("shorter?")
        await ann.until(lambda: "Yes." in ann.answers)

        assert 2 == len(ann.answers)

    async def test_in_chinese_for_who_speaks_it(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann", language="zh-hans")
        await interrupted(shared_bridge, ann, "讲个长故事吧")
        ann.tells("stop")
        [answer] = await ann.gets(1)

        assert answer.endswith("⏹ 已停止。")


TROUBLE = "I keep trying"


async def refused_again_and_again(bridge: BridgeHarness, talk: Talk, question: str) -> None:
    """Ask what Coze fails at each time, until the person has heard that it is still tried."""
    bridge.plays(question, Fail(code=5000))
    talk.says(question)
    await talk.until(lambda: any(TROUBLE in answer for answer in talk.answers))


@pytest.mark.parametrize("where", ["in_private", "in_dm"])
class TestBesideAQuestionThatWaitsForAnotherTry:
    """Nobody waits behind a question that cannot be answered: commands least of all."""

    async def test_help_and_status_answer_at_once(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        await refused_again_and_again(shared_bridge, talk, f"hopeless beside help {where}")
        talk.tells("help")
        await talk.until(lambda: any("Just write to me" in answer for answer in talk.answers))
        talk.tells("status")
        await talk.until(lambda: any("assistant answers here." in answer for answer in talk.answers))

        assert any("Waiting for an answer: 1" in answer for answer in talk.answers)

    async def test_stop_ends_it_and_the_next_question_is_answered(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        talk = shared_bridge.someone(where)
        question = f"hopeless until stop {where}"
        await refused_again_and_again(shared_bridge, talk, question)
        talk.tells("stop")
        await talk.until(lambda: any("Stopped." in answer for answer in talk.answers))
        shared_bridge.answers(f"and now {where}?", "Now this.")
        talk.says(f"and now {where}?")
        await talk.until(lambda: "Now this." in talk.answers)
        asked = len(shared_bridge.asked(question))
        talk.says("still there?")
        await talk.until(lambda: "You said: still there?" in talk.answers)

        assert any("Stopped." in answer for answer in talk.answers)
        assert ["Now this.", "You said: still there?"] == talk.answers[-2:]
        assert asked == len(shared_bridge.asked(question))

    async def test_a_fresh_memory_frees_the_line(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        await refused_again_and_again(shared_bridge, talk, f"hopeless until new {where}")
        talk.tells("new")
        await talk.until(lambda: FRESH in talk.answers)
        talk.says(FIRST)
        await talk.until(lambda: "You began with: nothing" in talk.answers)


class TestAFreshMemoryWhileAnAnswerRuns:
    async def test_the_answer_ends_and_its_conversation_is_not_remembered(self, shared_bridge: BridgeHarness) -> None:
        """Also one that had only just begun, so that its conversation was not yet anybody's memory."""
        ann = shared_bridge.in_private("Ann")
        await interrupted(shared_bridge, ann, "on and on until new")
        ann.tells("new")
        await ann.until(lambda: FRESH in ann.answers and any("Stopped." in answer for answer in ann.answers))
        ann.says(FIRST)
        await ann.until(lambda: "You began with: nothing" in ann.answers)

        assert ["canceled"] == [chat.status for chat in shared_bridge.asked("on and on until new")]


@pytest.mark.parametrize("where", ["in_private", "in_dm", "in_thread"])
class TestAskingOnceMore:
    """``retry`` asks the last question of the memory again, with all that came with it."""

    async def test_what_was_given_up_is_asked_again_and_again(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        question = f"unlucky {where}"
        shared_bridge.plays(question, Fail(code=4000))
        talk.says(question)
        await talk.gets(1)
        shared_bridge.answers(question, "Better now.")
        talk.tells("retry")
        await talk.until(lambda: "Better now." in talk.answers)
        talk.tells("retry")
        await talk.until(lambda: 2 == talk.answers.count("Better now."))

        assert 3 == len(shared_bridge.asked(question))

    async def test_what_was_answered_is_answered_anew(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        shared_bridge.answers(f"a poem {where}", "Roses.")
        talk.says(f"a poem {where}")
        await talk.reads("Roses.")
        shared_bridge.answers(f"a poem {where}", "Violets.")
        talk.tells("retry")
        await talk.reads("Roses.", "Violets.")

    async def test_where_nothing_was_asked_it_says_so(self, shared_bridge: BridgeHarness, where: str) -> None:
        talk = shared_bridge.someone(where)
        talk.tells("retry")
        await talk.reads("There is nothing to try again yet.")
