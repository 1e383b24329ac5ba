"""What a person said, as Slack tells it."""

from functools import partial

import pytest

from adapters.slack.api import SlackIdentity
from adapters.slack.normalise import command_in, normalise, plain_text
from bridge.sdk.model import Address, ChatType, CommandName, MediaKind, Person, Place, Quote, Rating

ME = SlackIdentity(team="T1", user="UBOT", bot="BBOT", scopes=frozenset())
ANN = Person(id="U1", name="Ann", language="en-US")


@pytest.fixture
def read():
    return partial(normalise, adapter="acme", me=ME, people={"U1": ANN})


def event(**more):
    said = {"type": "message", "channel_type": "channel", "channel": "C1", "user": "U1", "text": "hi", "ts": "5.000100"}
    return {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": "T1",
        "authorizations": [{"team_id": "T1", "user_id": "UBOT"}],
        "event": {name: value for name, value in (said | more).items() if value is not None},
    }


def command(text, **more):
    typed = {"command": "/coze", "team_id": "T1", "channel_id": "C1", "channel_name": "x", "user_id": "U1"}
    return typed | {"text": text, "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/r"} | more


class TestWhere:
    def test_a_message_in_a_channel_is_in_the_thread_it_begins(self, read):
        place = Place(adapter="acme", workspace="T1", chat="C1", thread="5.000100")

        assert place == read(event()).where

    def test_a_reply_is_in_the_thread_it_replies_to(self, read):
        assert "4.000100" == read(event(thread_ts="4.000100")).where.thread

    def test_a_direct_message_is_in_no_thread(self, read):
        message = read(event(channel="D1", channel_type="im", thread_ts="4.000100"))

        assert (ChatType.PRIVATE, None) == (message.chat_type, message.where.thread)
        assert {"ts": "5.000100", "thread_ts": "4.000100", "team": "T1"} == message.reply_context

    def test_a_group_direct_message_is_a_group(self, read):
        assert ChatType.GROUP is read(event(channel_type="mpim")).chat_type


class TestToWhom:
    @pytest.mark.parametrize(
        ("said", "address"),
        [
            ({"text": "hi"}, Address.OVERHEARD),
            ({"text": "hi <@UBOT>"}, Address.TO_US),
            ({"text": "hi <@UBOT|coze>"}, Address.TO_US),
            ({"text": "hi <@UBOTHER>"}, Address.OVERHEARD),
            ({"type": "app_mention", "channel_type": None}, Address.TO_US),
            ({"channel": "D1", "channel_type": "im"}, Address.TO_US),
            ({"thread_ts": "4.000100"}, Address.IN_THREAD),
            ({"thread_ts": "4.000100", "text": "<@U2> what do you think?"}, Address.OVERHEARD),
            ({"thread_ts": "4.000100", "text": "<@U2> and <@UBOT>?"}, Address.TO_US),
        ],
    )
    def test_it_is_known_who_is_spoken_to(self, read, said, address):
        assert address is read(event(**said)).address

    def test_both_events_of_a_mention_share_a_key(self, read):
        one = read(event(type="app_mention", channel_type=None, text="<@UBOT> hi"))
        two = read(event(text="<@UBOT> hi") | {"event_id": "Ev2"})

        assert {"message:T1:C1:5.000100"} == set(one.dedupe_keys) & set(two.dedupe_keys)
        assert (one.where, one.address, one.text) == (two.where, two.address, two.text)


class TestNobodySaid:
    @pytest.mark.parametrize(
        "more",
        [
            {"bot_id": "B1"},
            {"user": "UBOT"},
            {"user": "USLACKBOT"},
            {"user": None},
            {"subtype": "message_changed"},
            {"subtype": "channel_join"},
            {"subtype": "bot_message"},
            {"hidden": True},
            {"type": "app_mention", "edited": {"user": "U1", "ts": "6.0"}},
            {"type": "reaction_added"},
        ],
    )
    def test_it_is_ignored(self, read, more):
        assert read(event(**more)) is None

    def test_another_workspaces_message_is_ignored(self, read):
        assert read(event() | {"authorizations": [{"team_id": "T2"}]}) is None

    @pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
    def test_these_subtypes_are_people_talking(self, read, subtype):
        assert "hi" == read(event(subtype=subtype)).text


class TestText:
    @pytest.mark.parametrize(
        ("sent", "seen"),
        [
            ("<@UBOT> a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
            ("ask <@U2|ben> in <#C1|help>", "ask @ben in #help"),
            ("<!here> <!subteam^S1|@desk> <!date^1^x|today>", "@here @desk today"),
            ("<https://a.b|the site> <https://a.b> <mailto:a@b|a@b>", "the site (https://a.b) https://a.b mailto:a@b"),
        ],
    )
    def test_it_reads_as_it_was_typed(self, sent, seen):
        assert seen == plain_text(sent, "UBOT")

    def test_pasted_text_is_found_in_the_blocks(self, read):
        runs = [
            {"type": "user", "user_id": "UBOT"},
            {"type": "text", "text": " see "},
            {"type": "emoji", "name": "eyes"},
        ]
        section = {"type": "rich_text_section", "elements": runs}
        items = {
            "type": "rich_text_list",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
        }
        blocks = [{"type": "rich_text", "elements": [section, items]}]

        assert "see :eyes:\nx" == read(event(text="", blocks=blocks)).text

    def test_a_forwarded_message_is_quoted_or_is_the_text(self, read):
        shared = [{"text": "the old plan"}]

        assert ("ok?", Quote(text="the old plan")) == (
            read(event(text="ok?", attachments=shared)).text,
            read(event(text="ok?", attachments=shared)).quote,
        )
        assert ("the old plan", None) == (
            read(event(text="", attachments=shared)).text,
            read(event(text="", attachments=shared)).quote,
        )

    def test_the_author_is_who_slack_told_us_about(self, read):
        assert [ANN, Person(id="U2")] == [read(event(user=user)).author for user in ("U1", "U2")]

    def test_files_come_along(self, read):
        files = [
            {"id": "F1", "mimetype": "image/png", "name": "a.png", "size": 3},
            {"id": "F2", "mimetype": "audio/webm", "subtype": "slack_audio"},
            {"id": "F3", "mode": "tombstone"},
            {"id": "F4", "mimetype": "application/pdf"},
        ]

        assert [("F1", MediaKind.IMAGE), ("F2", MediaKind.VOICE), ("F4", MediaKind.FILE)] == [
            (file.handle, file.kind) for file in read(event(text="", files=files)).attachments
        ]


class TestCommands:
    @pytest.mark.parametrize("text", ["new", "/new", " New "])
    def test_a_single_word_is_a_command(self, text):
        assert CommandName.NEW is command_in(text)

    @pytest.mark.parametrize("text", ["new ideas", "", "news"])
    def test_a_sentence_is_not(self, text):
        assert command_in(text) is None

    def test_a_word_nobody_told_us_is_not(self, read):
        assert read(event(text="stop", thread_ts="4.000100")).command is None

    def test_a_mention_and_nothing_else_asks_for_help(self, read):
        assert CommandName.HELP is read(event(text="<@UBOT>")).command

    def test_slash_commands(self, read):
        said = [read(command(text)) for text in ("stop", "", "what is it?")]

        assert [CommandName.STOP, CommandName.HELP, None] == [message.command for message in said]
        assert "what is it?" == said[2].text
        assert ("command:1.2.3",) == said[0].dedupe_keys
        assert read(command("stop", team_id="T2")) is None

    def test_the_stop_button(self, read):
        pressed = {"type": "agent_session_stopped", "thread_ts": "4.000100", "event_ts": "6.0", "text": None}
        message = read(event(**pressed))

        assert (CommandName.STOP, "4.000100") == (message.command, message.where.thread)


class TestPresses:
    """A button under an answer."""

    def pressed(self, read, *, channel="C1", name="tea", action="ask:0", value="And now?", **container):
        where = {"type": "message", "message_ts": "6.000100", "channel_id": channel} | container
        return read({
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": "U1", "team_id": "T1"},
            "channel": {"id": channel, "name": name},
            "container": where,
            "actions": [{"type": "button", "action_id": action, "value": value, "action_ts": "8.5"}],
        })  # fmt: skip

    def test_is_its_question_asked_by_whoever_pressed_it(self, read):
        message = self.pressed(read, thread_ts="5.000100")

        assert ("press:T1:C1:6.000100:ask:0",) == message.dedupe_keys
        assert Place(adapter="acme", workspace="T1", chat="C1", thread="5.000100") == message.where
        assert ("And now?", Address.TO_US, ANN) == (message.text, message.address, message.author)
        assert {"ts": "8.5", "thread_ts": "5.000100", "team": "T1"} == message.reply_context

    def test_below_a_message_without_a_thread_begins_one(self, read):
        assert "6.000100" == self.pressed(read).where.thread

    def test_in_a_direct_message_has_no_thread_of_its_own(self, read):
        message = self.pressed(read, channel="D1", name="directmessage")

        assert (ChatType.PRIVATE, None) == (message.chat_type, message.where.thread)

    def test_in_a_group_direct_message_is_in_a_group(self, read):
        assert ChatType.GROUP is self.pressed(read, name="mpdm-ann--bob-1").chat_type

    def test_of_a_thumb_is_an_opinion_and_may_change(self, read):
        message = self.pressed(read, action="rate", value="dislike:turn-7", thread_ts="5.000100")

        assert Rating(turn_key="turn-7", liked=False) == message.rating
        assert not message.is_question
        assert ("press:T1:C1:6.000100:8.5",) == message.dedupe_keys

    @pytest.mark.parametrize("odd", [{"action": "feedback"}, {"value": None}])
    def test_of_any_other_button_nobody_said_anything(self, read, odd):
        assert self.pressed(read, **odd) is None
