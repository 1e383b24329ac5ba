"""What people send on Telegram, and what the bot is asked then: through the daemon, to the simulated Coze."""

from itertools import pairwise

import pytest
import yaml

from bridge.sdk.splitting import utf16
from tests.scenarios.harness import FIRST, WHOLE, BridgeHarness, Talk, TelegramGroup, TelegramTalk
from tests.scenarios.test_routes import configure

JPG = b"\xff\xd8\xff\xe0 a photo"
LINK = {"type": "text_link", "url": "https://a.b/c?d=1&e"}
VENUE = {"location": {"latitude": 48.2, "longitude": 16.37}, "title": "Cafe", "address": "Main St 1"}
YES, NO = (
    {"persistent_id": "y", "text": "yes", "voter_count": 2},
    {"persistent_id": "n", "text": "no", "voter_count": 0},
)
POLL = {"id": "1", "question": "Tea?", "options": [YES, NO]}
LIST = {"title": "To buy", "tasks": [{"id": 1, "text": "tea"}, {"id": 2, "text": "milk", "completion_date": 5}]}
CHANNEL = {"type": "channel", "chat": {"id": -5, "type": "channel", "title": "News"}, "message_id": 3, "date": 1}


def in_private(bridge: BridgeHarness) -> TelegramTalk:
    ann = bridge.in_private("Ann")
    assert isinstance(ann, TelegramTalk)
    return ann


async def answered(talk: Talk, number: int = 1) -> None:
    await talk.until(lambda: len(talk.answers) >= number)


def forwarded(by: str) -> dict[str, object]:
    return {"forward_origin": {"type": "hidden_user", "sender_user_name": by, "date": 1}}


class TestKinds:
    """What is neither words nor a file is asked in words."""

    @pytest.mark.parametrize(
        ("more", "question"),
        [
            ({"location": {"latitude": 48.2, "longitude": 16.37}}, "📍 48.2, 16.37"),
            ({"contact": {"first_name": "Bo", "phone_number": "+43 1"}}, "👤 Bo, +43 1"),
            ({"dice": {"emoji": "🎯", "value": 6}}, "🎯 6"),
            ({"sticker": {"file_id": "s", "file_unique_id": "u", "emoji": "😂", "is_animated": True}}, "😂"),
            ({"sticker": {"file_id": "s", "file_unique_id": "u", "type": "custom_emoji"}}, "[sticker]"),
            ({"venue": VENUE, "location": VENUE["location"]}, "📍 Cafe, Main St 1 (48.2, 16.37)"),
            ({"contact": {"first_name": "李", "last_name": "Bo", "phone_number": "1"}}, "👤 李 Bo, 1"),
            ({"poll": POLL}, "📊 Tea?\n- yes (2)\n- no"),
            ({"checklist": LIST}, "☑️ To buy\n- [ ] tea\n- [x] milk"),
            ({"story": {"chat": {"id": 1, "type": "private", "first_name": "Bo"}, "id": 4}}, "[story by Bo]"),
            ({"game": {"title": "Chess", "description": "for two", "photo": []}}, "🎮 Chess\nfor two"),
            ({"giveaway": {"chats": [], "winner_count": 3}}, "🎁 [giveaway, 3 winners]"),
        ],
    )
    async def test_are_told(self, shared_bridge: BridgeHarness, more: dict[str, object], question: str) -> None:
        ann = in_private(shared_bridge)
        ann.platform.says(ann.person, more=more)
        await shared_bridge.until(lambda: shared_bridge.asked(question))

    async def test_that_nobody_knows_get_a_sentence(self, shared_bridge: BridgeHarness) -> None:
        ann = in_private(shared_bridge)
        ann.platform.says(ann.person, more={"of_the_future": {}})
        await ann.reads("I cannot read this kind of message. Could you say it in words?")


class TestWords:
    """As typed, whatever they look like; with the address that a linked word hides."""

    @pytest.mark.parametrize(
        ("text", "marks", "question"),
        [
            ("see 😀 the docs now", [("docs", LINK)], "see 😀 the docs (https://a.b/c?d=1&e) now"),
            (
                "bold link",
                [("bold", {"type": "bold"}), ("bold ", LINK), ("link", LINK)],
                "bold link (https://a.b/c?d=1&e)",
            ),
            ("مرحبا هنا", [("هنا", LINK)], "مرحبا هنا (https://a.b/c?d=1&e)"),
            ("write me", [("me", {"type": "text_link", "url": "mailto:a@b.c"})], "write me (mailto:a@b.c)"),
            ("https://a.b/c?d=1&e", [("https://a.b/c?d=1&e", LINK)], "https://a.b/c?d=1&e"),
            ("if x:\n\tgo(  1)", [("if x:\n\tgo(  1)", {"type": "pre", "language": "python"})], "if x:\n\tgo(  1)"),
            ("who did it? Bo", [("Bo", {"type": "spoiler"})], "who did it? Bo"),
            ("well 👍 done", [("👍", {"type": "custom_emoji", "custom_emoji_id": "1"})], "well 👍 done"),
            ("two\n\n\n  lines\u3000wide", [], "two\n\n\n  lines\u3000wide"),
        ],
    )
    async def test_reach_the_bot(
        self, shared_bridge: BridgeHarness, text: str, marks: list[tuple[str, dict[str, object]]], question: str
    ) -> None:
        ann = in_private(shared_bridge)
        entities = [mark | {"offset": utf16(text[: text.index(of)]), "length": utf16(of)} for of, mark in marks]
        ann.platform.says(ann.person, text, entities=entities)
        await shared_bridge.until(lambda: shared_bridge.asked(question))

    async def test_below_a_photo_too(self, shared_bridge: BridgeHarness) -> None:
        ann = in_private(shared_bridge)
        marks = [LINK | {"offset": 12, "length": 4}]
        ann.platform.says(ann.person, caption="is it 😀 as here?", photo=JPG, entities=marks)
        await shared_bridge.until(lambda: shared_bridge.asked("is it 😀 as here (https://a.b/c?d=1&e)?"))


class TestOneQuestion:
    async def test_forwards_and_their_comment(self, shared_bridge: BridgeHarness) -> None:
        ann = in_private(shared_bridge)
        ann.platform.says(ann.person, "Lyon is a city.", more=forwarded("Digest"))
        ann.platform.says(ann.person, "So is Ulm.", more=forwarded("Bo"))
        ann.platform.says(ann.person, "Are they?")
        await answered(ann)

        question = "Forwarded from Digest:\n> Lyon is a city.\n\nForwarded from Bo:\n> So is Ulm.\n\nAre they?"
        assert 1 == len(shared_bridge.asked(question))
        assert 1 == len(ann.answers)

    async def test_a_forward_alone_is_asked_too(self, shared_bridge: BridgeHarness) -> None:
        """Whatever it says: a command that somebody passes on is none."""
        said = ["/new", "/stop", "/help me", "/start x", "Lyon is old."]
        people = [in_private(shared_bridge) for _ in said]
        for ann, words in zip(people, said, strict=True):
            ann.platform.says(ann.person, words, more=forwarded("Digest"))
        for ann in people:
            await answered(ann)

        assert [] == [words for words in said if not shared_bridge.asked(f"Forwarded from Digest:\n> {words}")]


class TestAPointedAtMessage:
    @pytest.mark.parametrize(
        ("more", "quoted"),
        [
            ({"poll": POLL}, "In reply to Bob:\n> 📊 Tea?\n> - yes (2)\n> - no"),
            ({"contact": {"first_name": "Bo", "phone_number": "1"}}, "In reply to Bob:\n> 👤 Bo, 1"),
            ({"sticker": {"file_id": "s", "file_unique_id": "u", "emoji": "😂"}}, "In reply to Bob:\n> 😂"),
            ({"checklist": LIST}, "In reply to Bob:\n> ☑️ To buy\n> - [ ] tea\n> - [x] milk"),
        ],
    )
    async def test_is_quoted_whatever_it_holds(
        self, shared_bridge: BridgeHarness, more: dict[str, object], quoted: str
    ) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        ann.platform.says(bob.person, chat=ann.chat, more=more)
        held = ann.platform.messages(ann.chat)[-1].message_id
        ann.platform.says(ann.person, ann.platform.mention("and this?"), ann.chat, reply_to=held)
        await shared_bridge.until(lambda: shared_bridge.asked(f"{quoted}\n\nand this?"))

    @pytest.mark.parametrize(
        ("more", "quoted"),
        [
            ({"external_reply": {"origin": CHANNEL}, "quote": {"text": "or not"}}, "In reply to News:\n> or not"),
            (
                {"external_reply": {"origin": CHANNEL, "poll": POLL}},
                "In reply to News:\n> 📊 Tea?\n> - yes (2)\n> - no",
            ),
            ({"reply_to_story": {"chat": {"title": "News"}, "id": 1}}, "In reply to a message:\n> [story by News]"),
        ],
    )
    async def test_may_stand_elsewhere(
        self, shared_bridge: BridgeHarness, more: dict[str, object], quoted: str
    ) -> None:
        ann = in_private(shared_bridge)
        ann.platform.says(ann.person, "is it so?", more=more)
        await shared_bridge.until(lambda: shared_bridge.asked(f"{quoted}\n\nis it so?"))

    @pytest.mark.parametrize(
        ("held", "chosen", "quoted"),
        [
            ({"checklist": LIST}, {"reply_to_checklist_task_id": 2}, "> - [x] milk\n\nAbout this passage:\n> milk"),
            ({"poll": POLL}, {"reply_to_poll_option_id": "n"}, "> - no\n\nAbout this passage:\n> no"),
            ({"checklist": LIST}, {"reply_to_checklist_task_id": 9}, "> - [x] milk"),
            ({"poll": POLL}, {"reply_to_poll_option_id": "?"}, "> - no"),
        ],
    )
    async def test_may_be_one_line_of_it(
        self, shared_bridge: BridgeHarness, held: dict[str, object], chosen: dict[str, object], quoted: str
    ) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        ann.platform.says(bob.person, chat=ann.chat, more=held)
        whole = ann.platform.messages(ann.chat)[-1].message_id
        question = f"why {ann.chat}?"
        ann.platform.says(ann.person, ann.platform.mention(question), ann.chat, reply_to=whole, more=chosen)
        asked = f"{quoted}\n\n{question}"
        await shared_bridge.until(lambda: any(chat.question.endswith(asked) for chat in shared_bridge.coze.chats))

    async def test_brings_its_document(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        ann.platform.says(bob.person, chat=ann.chat, document=("plan.txt", b"the plan"), caption="my plan")
        held = ann.platform.messages(ann.chat)[-1].message_id
        ann.platform.says(ann.person, ann.platform.mention("is it good?"), ann.chat, reply_to=held)
        await shared_bridge.until(lambda: shared_bridge.asked("In reply to Bob:\n> my plan\n\nis it good?"))

        assert [b"the plan"] == [file.content for file in shared_bridge.coze.files.values()][-1:]

    async def test_brings_its_picture(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        ann.platform.says(bob.person, chat=ann.chat, photo=JPG)
        photo = ann.platform.messages(ann.chat)[-1].message_id
        ann.platform.says(ann.person, ann.platform.mention("what is in this picture?"), ann.chat, reply_to=photo)
        await answered(ann)

        assert [JPG] == [file.content for file in shared_bridge.coze.files.values()][-1:]

    async def test_is_the_question_where_the_name_stands_alone(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        bob = shared_bridge.in_group("Bob", ann.chat)
        ann.platform.says(bob.person, "how tall is Mont Blanc?", ann.chat)
        asked = ann.platform.messages(ann.chat)[-1].message_id
        ann.platform.says(ann.person, ann.platform.mention(""), ann.chat, reply_to=asked)
        await ann.reads("You said: how tall is Mont Blanc?")

    async def test_is_missing_and_help_is_given(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_group("Ann")
        ann.platform.says(ann.person, ann.platform.mention(""), ann.chat)
        [answer] = await ann.gets(1)

        assert "/new" in answer


class TestWordsBehindACommand:
    @pytest.mark.parametrize("command", ["/new ", "/new\n", "/NEW  ", "/new@{bot} "])
    async def test_that_forgets_are_asked_in_a_fresh_memory(self, shared_bridge: BridgeHarness, command: str) -> None:
        ann = in_private(shared_bridge)
        ann.says("my cat is grey")
        await answered(ann)
        ann.says(f"{command}{FIRST}".replace("{bot}", ann.platform.username))
        await ann.reads("You said: my cat is grey", "You began with: nothing")

    @pytest.mark.parametrize("words", ["what plant is this?", "这是什么植物？", "two\nlines"])
    async def test_in_a_caption_too(self, shared_bridge: BridgeHarness, words: str) -> None:
        ann = in_private(shared_bridge)
        ann.platform.says(ann.person, caption=f"/new {words}", photo=JPG)
        await ann.reads(f"You said: {words}")

    @pytest.mark.parametrize(
        "said", ["/status of my order 4711?", "/help me with my order", "/status 我的订单", "/help\nwith this, please"]
    )
    async def test_that_is_a_question_are_part_of_it(self, shared_bridge: BridgeHarness, said: str) -> None:
        ann = in_private(shared_bridge)
        ann.says(said)
        await ann.reads(f"You said: {said}")


class TestByTheConfig:
    async def test_replies_to_replies_and_posts_of_channels_are_heard(self, bridge: BridgeHarness) -> None:
        """Also after a restart; what nobody says to the bot is not."""
        telegram = bridge.telegram
        ann, bob = telegram.person("Ann"), telegram.person("Bob")
        group, channel = telegram.group("Tea", members=[ann, bob]), telegram.channel("News", members=[ann])
        telegram.privacy[telegram.token] = False
        adapters = yaml.safe_load(bridge.config.read_text())["adapters"]
        adapters["helpdesk"] |= {"reply_chains": True, "channel_posts": True}
        configure(bridge, adapters=adapters)

        def newest() -> int:
            return telegram.messages(group)[-1].message_id

        await bridge.start()
        telegram.says(ann, "who knows about tea?", group)
        telegram.says(bob, "not me", group, reply_to=newest())
        telegram.says(ann, telegram.mention("what is tea?"), group)
        await bridge.until(lambda: ["You said: what is tea?"] == telegram.bot_texts(group))
        telegram.says(bob, "is it?", group, reply_to=newest())
        chained = newest()
        await bridge.until(lambda: 2 == len(telegram.bot_texts(group)))
        await bridge.kill()
        await bridge.start()
        telegram.says(ann, "I doubt it", group, reply_to=chained)
        await bridge.until(lambda: 3 == len(telegram.bot_texts(group)))
        telegram.says(ann, "nobody hears this", channel)
        telegram.says(ann, telegram.mention("what is new?"), channel)
        await bridge.until(lambda: ["You said: what is new?"] == telegram.bot_texts(channel))
        assert await bridge.terminate() == 0

        assert "Bob:\nis it?\n\nI doubt it" in telegram.bot_texts(group)[-1]
        assert 4 == len(bridge.coze.chats)
        assert [] == [action for action in telegram.actions if action.chat == channel]


class TestAGroupThatBecomesASupergroup:
    async def test_is_answered_by_the_route_that_names_its_old_id(self, bridge: BridgeHarness) -> None:
        """Also after a restart; and the log says once to change it."""
        telegram = bridge.telegram
        person = telegram.person("Ann")
        old = telegram.group("Tea", members=[person], basic=True)
        tea = {"name": "tea", "when": {"chat": [str(old)]}, "reply": "Tea is at five."}
        configure(bridge, routes=[tea, {"name": "everyone", "bot": "assistant"}])
        await bridge.start()
        new = telegram.migrate(old)
        telegram.says(person, telegram.mention("when is tea?"), new)
        await bridge.until(lambda: ["Tea is at five."] == telegram.bot_texts(new))
        await bridge.kill()
        await bridge.start()
        telegram.says(person, telegram.mention("and today?"), new)
        await bridge.until(lambda: ["Tea is at five."] * 2 == telegram.bot_texts(new))
        assert await bridge.terminate() == 0

        assert [] == bridge.coze.chats
        assert "chat.migrated" in bridge.log

    async def test_is_remembered(self, shared_bridge: BridgeHarness) -> None:
        telegram = shared_bridge.telegram
        person = telegram.person("Ann")
        old = telegram.group("Tea", members=[person], basic=True)
        telegram.says(person, telegram.mention("my cat is grey"), old)
        await shared_bridge.until(lambda: ["You said: my cat is grey"] == telegram.bot_texts(old))
        new = telegram.migrate(old)
        telegram.says(person, telegram.mention(FIRST), new)
        await shared_bridge.until(lambda: ["You began with: my cat is grey"] == telegram.bot_texts(new))

    async def test_while_it_is_answered_is_answered_there(self, shared_bridge: BridgeHarness) -> None:
        telegram = shared_bridge.telegram
        person = telegram.person("Ann")
        old = telegram.group("Tea", members=[person], basic=True)
        ann = TelegramGroup(telegram, person, old)
        await shared_bridge.half_said(ann, question="Tell me of tea.", pause="tea")
        new = telegram.migrate(old)
        shared_bridge.coze.go("tea 1")
        await shared_bridge.paused("tea 2")
        shared_bridge.coze.go("tea 2")
        await shared_bridge.until(lambda: [WHOLE] == telegram.bot_texts(new))
        telegram.says(person, telegram.mention(FIRST), new)
        await shared_bridge.until(lambda: [WHOLE, "You began with: Tell me of tea."] == telegram.bot_texts(new))

    async def test_what_is_answered_meanwhile_can_be_stopped_there(self, shared_bridge: BridgeHarness) -> None:
        """And a question asked there waits for it: the bot is never asked two things at once in one conversation."""
        bridge, telegram = shared_bridge, shared_bridge.telegram
        person = telegram.person("Ann")
        old = telegram.group("Tea", members=[person], basic=True)
        await bridge.half_said(TelegramGroup(telegram, person, old), question="Tell me all of tea.", pause="all tea")
        new = telegram.migrate(old)
        telegram.says(person, telegram.mention("and of milk"), new)
        telegram.says(person, f"/stop@{telegram.username}", new)
        await bridge.until(lambda: ["canceled"] == [str(one.status) for one in bridge.asked("Tell me all of tea.")])
        await bridge.until(lambda: "You said: and of milk" in telegram.bot_texts(new))

        chats = [one for one in bridge.coze.chats if one.question in ("Tell me all of tea.", "and of milk")]
        assert [True] == [one.t_end is not None and one.t_end <= other.created for one, other in pairwise(chats)]
