"""Among others: who is answered, where, who shares a memory with whom, and what happens when platforms repeat themselves."""

import asyncio

import pytest

from tests.scenarios.harness import FIRST, BridgeHarness, SlackThread


class TestATelegramGroup:
    """The bot is one of many there."""

    async def test_it_answers_who_mentions_it_and_nobody_else(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        shared_bridge.telegram.promote(ann.chat)  # an administrator hears everything
        shared_bridge.answers("to you", "Me?")
        shared_bridge.telegram.says(bob.person, "nice weather", ann.chat)
        ann.says("to you")
        await ann.reads("Me?")

        assert [] == shared_bridge.asked("nice weather")

    async def test_the_answer_replies_to_the_question(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        shared_bridge.answers("where?", "Here.")
        ann.says("where?")
        await ann.reads("Here.")
        question, answer = shared_bridge.telegram.messages(ann.chat)

        assert question.message_id == answer.reply_to

    async def test_a_reply_to_it_needs_no_mention(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        shared_bridge.answers("one", "The first.")
        shared_bridge.answers("and then?", "The second.")
        ann.says("one")
        await ann.reads("The first.")
        shared_bridge.telegram.says(ann.person, "and then?", ann.chat, reply_to=int(ann.ids[0]))
        await ann.reads("The first.", "The second.")

    async def test_a_reply_to_what_its_memory_does_not_end_with_tells_what_it_replies_to(
        self, shared_bridge: BridgeHarness
    ) -> None:
        """Another person's answer, an older one, and one from before the memory was forgotten."""
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        for tag in ("one", "two"):
            shared_bridge.answers(f"{tag} to quote", f"Answer {tag}.")
            ann.says(f"{tag} to quote")
            await ann.until(lambda tag=tag: f"Answer {tag}." in ann.answers)
        first, second = (int(ref) for ref in ann.ids)
        shared_bridge.telegram.says(bob.person, "of Ann's?", ann.chat, reply_to=second)
        shared_bridge.telegram.says(ann.person, "older?", ann.chat, reply_to=first)
        await ann.until(lambda: len(ann.answers) == 4)
        shared_bridge.telegram.says(ann.person, f"/new@{shared_bridge.telegram.username}", ann.chat)
        await ann.until(lambda: len(ann.answers) == 5)
        shared_bridge.telegram.says(ann.person, "forgotten?", ann.chat, reply_to=second)
        await ann.until(lambda: len(ann.answers) == 6)

        assert shared_bridge.asked("In reply to your answer:\n> Answer two.\n\nof Ann's?")
        assert shared_bridge.asked("In reply to your answer:\n> Answer one.\n\nolder?")
        assert shared_bridge.asked("In reply to your answer:\n> Answer two.\n\nforgotten?")

    @pytest.mark.parametrize("words", ["Are you sure?", "为什么？", "two\nlines"])
    async def test_of_a_reply_from_before_a_fresh_memory_what_it_replies_to_is_told(
        self, shared_bridge: BridgeHarness, words: str
    ) -> None:
        """Alone with the bot, too; the newest answer needs no quoting."""
        ann = shared_bridge.in_private("Ann")
        telegram = shared_bridge.telegram
        ann.says(f"before: {words}")
        await ann.reads(f"You said: before: {words}")
        newest = int(ann.ids[0])
        telegram.says(ann.person, f"of the newest: {words}", ann.chat, reply_to=newest)
        await ann.until(lambda: len(ann.answers) == 2)
        ann.says("/new")
        await ann.until(lambda: len(ann.answers) == 3)
        telegram.says(ann.person, words, ann.chat, reply_to=newest)
        await ann.until(lambda: len(ann.answers) == 4)

        assert shared_bridge.asked(f"of the newest: {words}")
        quoted = f"You said: before: {words}".replace("\n", "\n> ")
        assert shared_bridge.asked(f"In reply to your answer:\n> {quoted}\n\n{words}")

    async def test_two_people_do_not_share_a_memory(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        ann.says("my cat is grey")
        await ann.reads("You said: my cat is grey")
        bob.says(FIRST)
        await bob.reads("You said: my cat is grey", "You began with: nothing")

    async def test_topics_are_apart_and_each_is_shared(self, shared_bridge: BridgeHarness) -> None:
        forum = shared_bridge.telegram.group("Forum", forum=True)
        cats, dogs = (shared_bridge.telegram.topic(forum, name) for name in ("cats", "dogs"))
        ann, bob, eve = (
            shared_bridge.in_group(name, forum, topic) for name, topic in (("Ann", cats), ("Bob", dogs), ("Eve", cats))
        )
        ann.says("my cat is grey")
        bob.says("my dog is brown")
        await ann.reads("You said: my cat is grey")
        await bob.reads("You said: my dog is brown")
        eve.says(FIRST)
        await eve.reads("You said: my cat is grey", "You began with: my cat is grey")

        assert ["You said: my dog is brown"] == bob.answers


class TestASlackChannel:
    """Threads are conversations there."""

    async def test_a_mention_is_answered_in_its_thread_and_once(self, shared_bridge: BridgeHarness) -> None:
        """It arrives as two events; the channel itself stays quiet."""
        bob = shared_bridge.in_thread("Bob")
        shared_bridge.answers("hi there", "Hi, ", "Bob.")
        bob.says("hi there")
        await bob.reads("Hi, Bob.")
        await shared_bridge.slack.settled()

        assert 1 == len(shared_bridge.asked("hi there"))
        assert [bob.root] == [
            one.ts for one in shared_bridge.slack.messages(bob.channel) if one.thread_ts in (None, one.ts)
        ]

    async def test_the_thread_goes_on_without_a_mention(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_thread("Bob")
        shared_bridge.answers("knock knock", "Who is there?")
        shared_bridge.answers("it is me", "Come in.")
        bob.says("knock knock")
        await bob.reads("Who is there?")
        bob.says("it is me")
        await bob.reads("Who is there?", "Come in.")

    async def test_a_thread_it_was_never_asked_into_is_left_alone(self, shared_bridge: BridgeHarness) -> None:
        bob, ann = shared_bridge.in_thread("Bob"), shared_bridge.slack.person("ann")
        shared_bridge.answers("now you", "Me.")
        root = shared_bridge.slack.says(ann, "lunch?", bob.channel)
        shared_bridge.slack.says(bob.person, "yes, at noon", bob.channel, root)
        bob.says("now you")
        await bob.reads("Me.")
        await shared_bridge.slack.settled()

        assert [] == shared_bridge.asked("lunch?") + shared_bridge.asked("yes, at noon")
        assert [] == shared_bridge.slack.bot_texts(bob.channel, root)

    async def test_two_people_in_a_thread_share_a_memory(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_thread("Bob")
        bob.says("my cat is grey")
        await bob.reads("You said: my cat is grey")
        eve = SlackThread(shared_bridge.slack, shared_bridge.slack.person("eve"), bob.channel, bob.root)
        eve.says(FIRST)
        await eve.reads("You said: my cat is grey", "You began with: my cat is grey")

    async def test_two_threads_do_not(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_thread("Bob")
        bob.says("my cat is grey")
        await bob.reads("You said: my cat is grey")
        again = SlackThread(shared_bridge.slack, bob.person, bob.channel)
        again.says(FIRST)
        await again.reads("You began with: nothing")

    async def test_a_direct_message_needs_no_mention_and_remembers(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_dm("Bob")
        bob.says("my cat is grey")
        await bob.reads("You said: my cat is grey")
        bob.says(FIRST)
        await bob.reads("You said: my cat is grey", "You began with: my cat is grey")

    async def test_nothing_a_bot_says_rings_anybodys_phone(self, shared_bridge: BridgeHarness) -> None:
        bob = shared_bridge.in_thread("Bob")
        shared_bridge.answers("shout", "<!channel> ", "<!here> and ", "<@", bob.person.id, ">!")
        bob.says("shout")
        await bob.gets(1)

        assert [] == shared_bridge.slack.pings


class TestBelowTheAnswerToASlashCommand:
    """It began a thread of its own, in which everybody goes on in their own memory."""

    async def test_who_does_not_know_it_has_it_quoted_and_who_knows_it_has_not(
        self, shared_bridge: BridgeHarness
    ) -> None:
        ann, slack = shared_bridge.in_thread("Ann"), shared_bridge.slack
        bob = slack.person("bob")
        slack.command(ann.person, "/coze", "name a bridge", ann.channel)
        await ann.until(lambda: slack.bot_texts(ann.channel))
        [root] = [message.ts for message in slack.messages(ann.channel) if message.bot]
        for person, number, words in (
            (ann.person, 1, "how long?"),
            (ann.person, 2, "how old?"),
            (bob, 3, "who built it?"),
            (bob, 4, "and when?"),
        ):
            slack.says(person, words, ann.channel, root)
            await ann.until(lambda number=number: len(slack.bot_texts(ann.channel, root)) > number)

        assert 3 == sum(len(shared_bridge.asked(words)) for words in ("how long?", "how old?", "and when?"))
        assert shared_bridge.asked("In reply to your answer:\n> You said: name a bridge\n\nwho built it?")

    async def test_what_was_forgotten_is_quoted(self, shared_bridge: BridgeHarness) -> None:
        ann, slack = shared_bridge.in_thread("Ann"), shared_bridge.slack
        slack.command(ann.person, "/coze", "name a tower", ann.channel)
        await ann.until(lambda: slack.bot_texts(ann.channel))
        [root] = [message.ts for message in slack.messages(ann.channel) if message.bot]
        slack.says(ann.person, "new", ann.channel, root, mention=True)
        await ann.until(lambda: len(slack.bot_texts(ann.channel, root)) > 1)
        slack.says(ann.person, "how high?", ann.channel, root)
        await ann.until(lambda: len(slack.bot_texts(ann.channel, root)) > 2)

        assert shared_bridge.asked("In reply to your answer:\n> You said: name a tower\n\nhow high?")


class TestSomebodyNoisy:
    """A hundred messages at once from one person: more than a platform takes answers to in a minute."""

    async def test_keeps_nobody_else_waiting(self, shared_bridge: BridgeHarness) -> None:
        noisy, others = (
            shared_bridge.in_dm("Nick"),
            [shared_bridge.in_private("Ann"), shared_bridge.in_thread("Bob"), shared_bridge.in_dm("Cy")],
        )
        for number in range(100):
            noisy.says(f"noise {number}")
        for other in others:
            other.says("may I?")
        await asyncio.gather(*(other.reads("You said: may I?") for other in others))
        heard = noisy.answers

        assert len(heard) < 100
        assert [f"You said: noise {number}" for number in range(len(heard))] == heard


class TestPlatformsThatRepeatThemselves:
    """Each update and each event of a day, three times more, in any order."""

    async def test_nobody_sees_a_difference(self, bridge_on_each_db: BridgeHarness) -> None:
        bridge = bridge_on_each_db
        await bridge.start()
        talks = [talk for number in range(2) for talk in bridge.everywhere(f"Person{number}")]
        for turn in range(2):
            for number, talk in enumerate(talks):
                bridge.answers(f"{number}-{turn}", f"The answer to {number}-{turn}.")
                talk.says(f"{number}-{turn}")
            expected = [[f"The answer to {number}-{one}." for one in range(turn + 1)] for number in range(len(talks))]
            await asyncio.gather(*(talk.reads(*answers) for talk, answers in zip(talks, expected, strict=True)))
        await bridge.slack.settled()
        again = bridge.telegram.redeliver(seed=1, times=3)
        polls = len(bridge.telegram.called("getUpdates"))
        bridge.slack.redeliver(times=3, seed=1)
        await bridge.slack.settled()
        await bridge.telegram.until(lambda: len(bridge.telegram.called("getUpdates")) > polls + again // 100)
        assert await bridge.terminate() == 0

        assert 2 * len(talks) == len(bridge.coze.chats)
        assert expected == [talk.answers for talk in talks]
