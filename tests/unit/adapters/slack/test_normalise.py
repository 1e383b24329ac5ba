"""What a person said, as Slack tells it."""

from functools import partial

import pytest

from adapters.slack.api import SlackIdentity
from adapters.slack.commands import parse_message, parse_typed
from adapters.slack.normalise import normalise
from adapters.slack.words import words_to
from bridge.sdk.model import Address, ChatType, CommandName, Forward, MediaKind, Person, Place, Quote, Rating, Ref

ME = SlackIdentity(team="T1", user="UBOT", bot="BBOT", scopes=frozenset())
ANN = Person(id="U1", name="Ann", language="en-US")


@pytest.fixture
def read():
    """The reader, in a workspace where Ann alone is known by name."""
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

    def test_below_an_answer_that_began_no_thread_one_goes_on_where_one_was(self, read):
        """The answer to a slash command is such a one."""
        message = read(event(thread_ts="4.000100", parent_user_id="UBOT"))

        assert (Address.TO_US, None) == (message.address, message.where.thread)
        assert Quote(ours=True, ref=Ref("4.000100"), began_thread=True) == message.quote
        assert "4.000100" == message.reply_context["thread_ts"]

    def test_below_it_people_may_talk_among_themselves(self, read):
        message = read(event(thread_ts="4.000100", parent_user_id="UBOT", text="<@U2> agreed?"))

        assert Address.OVERHEARD is message.address

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

        assert {"T1:BBOT:message:C1:5.000100"} == set(one.dedupe_keys) & set(two.dedupe_keys)
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
            {"edited": {"user": "U1", "ts": "6.0"}},
            {"type": "app_mention", "edited": {"user": "U1", "ts": "6.0"}, "bot_id": "B1"},
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
            ("<https://a.b|the site> <https://a.b> <mailto:a@b|a@b>", "the site (https://a.b) https://a.b a@b"),
            ("call <tel:+4930123|+4930123> or <https://a.b|a.b>", "call +4930123 or https://a.b"),
            ("<mailto:a@b|Ann> <mailto:a@b>", "Ann (mailto:a@b) mailto:a@b"),
        ],
    )
    def test_it_reads_as_it_was_typed(self, sent, seen):
        assert seen == words_to(sent, "UBOT", {})

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

        assert "see :eyes:\n• x" == read(event(text="", blocks=blocks)).text

    @pytest.mark.parametrize(
        "typed",
        [
            "```\ndef area(r):\n    return 3.14 * r\n```",
            "name\t\tqty\napple\t\t3",
            "• fruit\n    ◦ apple\n        ▪ red",
            "two  spaces,   three",
            "    indented",
        ],
    )
    def test_white_space_stays_as_it_was_typed(self, read, typed):
        mentioned = f"<@UBOT>\n{typed}"

        assert typed == read(event(channel="D1", channel_type="im", text=typed)).text
        assert typed == read(event(text=mentioned)).text

    @pytest.mark.parametrize(
        ("sent", "seen"),
        [
            ("<@UBOT>  hi   there", "hi   there"),
            ("hi <@UBOT>, are you there?", "hi are you there?"),
            ("are you there <@UBOT>?", "are you there?"),
            ("one\n<@UBOT>\n  two", "one\n  two"),
            ("<@UBOT|coze> <@UBOT>: hi", "hi"),
            ("hi <@UBOT>", "hi"),
            ("*<@UBOT>* what now?", "what now?"),
            ("_<@UBOT|coze>_: hi", "hi"),
            ("~<@UBOT>~ *hi*", "*hi*"),
            ("2 * <@UBOT> * 3", "2 * * 3"),
        ],
    )
    def test_spaces_go_only_where_the_mention_was_cut_out(self, read, sent, seen):
        assert seen == read(event(text=sent)).text

    def test_people_groups_and_channels_are_called_by_their_names(self):
        names = {"U2": "Ben", "S1": "desk", "C1": "help"}

        assert "ask @Ben or @desk in #help" == words_to("ask <@U2> or <!subteam^S1> in <#C1>", "UBOT", names)
        assert "ask @U3 or @S2 in #C2" == words_to("ask <@U3> or <!subteam^S2> in <#C2|>", "UBOT", names)

    def test_the_author_is_who_slack_told_us_about(self, read):
        assert [ANN, Person(id="U2")] == [read(event(user=user)).author for user in ("U1", "U2")]

    def test_files_come_along(self, read):
        files = [
            {"id": "F1", "mimetype": "image/png", "name": "a.png", "size": 3},
            {"id": "F2", "mimetype": "audio/webm", "subtype": "slack_audio"},
            {"id": "F3", "mode": "tombstone"},
            {"id": "F4", "mimetype": "application/pdf"},
        ]

        kinds = [MediaKind.IMAGE, MediaKind.VOICE, MediaKind.FILE, MediaKind.FILE]
        assert list(zip(["F1", "F2", "F3", "F4"], kinds, strict=True)) == [
            (file.handle, file.kind) for file in read(event(text="", files=files)).attachments
        ]

    @pytest.mark.parametrize(
        ("named", "name"),
        [
            ({"name": "a.txt", "title": "Plan"}, "a.txt"),
            ({"name": None, "title": "Plan"}, "Plan"),
            ({"name": "", "title": "Plan"}, "Plan"),
            ({}, None),
        ],
    )
    def test_a_file_without_a_name_is_called_by_its_title(self, read, named, name):
        files = [{"id": "F1", "mimetype": "text/plain"} | named]

        assert [name] == [file.name for file in read(event(text="", files=files)).attachments]


SHARED = {
    "is_share": True,
    "author_name": "Ben",
    "author_id": "U2",
    "text": "the <https://a.b|old> plan &amp; more",
    "files": [{"id": "F1", "mimetype": "image/png", "name": "plan.png"}],
}
TABLE = {
    "fallback": "[no preview available]",
    "blocks": [
        {
            "type": "table",
            "rows": [
                [{"type": "raw_text", "text": "fruit"}, {"type": "raw_text", "text": "a|b"}],
                [{"type": "raw_text", "text": "apple"}],
            ],
        }
    ],
}
AS_MARKDOWN = "| fruit | a\\|b |\n| --- | --- |\n| apple |  |"


class TestPassedOn:
    """Other people's words, and tables."""

    @pytest.mark.parametrize("comment", ["", "still right?"])
    def test_a_forwarded_message_comes_with_its_author_and_files(self, read, comment):
        message = read(event(channel="D1", channel_type="im", text=comment, attachments=[SHARED]))

        assert (Forward(origin="Ben", text="the old (https://a.b) plan & more"),) == message.forwards
        assert ["F1"] == [file.handle for file in message.attachments]
        assert (comment, None) == (message.text, message.command)

    @pytest.mark.parametrize(
        "inside",
        [
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*build* failed"}}]},
            {"message_blocks": [{"message": {"blocks": [{"type": "markdown", "text": "*build* failed"}]}}]},
            {"fallback": "*build* failed"},
        ],
    )
    def test_what_an_app_has_posted_is_read_in_its_blocks(self, read, inside):
        shared = {"is_share": True, "author_subname": "CI"} | inside

        assert (Forward(origin="CI", text="*build* failed"),) == read(event(attachments=[shared])).forwards

    def test_the_files_within_count_once(self, read):
        within = SHARED | {"message_blocks": [{"message": {"files": SHARED["files"]}}]}

        assert ["F1"] == [file.handle for file in read(event(attachments=[within])).attachments]

    def test_forwarded_words_are_no_command(self, read):
        shared = [SHARED | {"text": "stop"}]

        assert read(event(text="<@UBOT>", attachments=shared)).command is None

    @pytest.mark.parametrize(("typed", "asked"), [("", ""), ("sum up", "sum up\n\n")])
    def test_a_pasted_table_is_part_of_the_text(self, read, typed, asked):
        message = read(event(channel="D1", channel_type="im", text=typed, attachments=[TABLE]))

        assert (asked + AS_MARKDOWN, (), None) == (message.text, message.forwards, message.command)

    def test_a_table_among_the_blocks_is_as_well(self, read):
        assert f"see\n\n{AS_MARKDOWN}" == read(event(text="see", blocks=TABLE["blocks"])).text

    def test_cells_hold_what_rich_text_holds(self, read):
        link = {"type": "link", "url": "https://a.b", "text": "site"}
        section = {"type": "rich_text_section", "elements": [link]}
        rows = [[{"type": "rich_text", "elements": [section]}]]

        assert "| site (https://a.b) |\n| --- |" == read(event(text="", blocks=[{"type": "table", "rows": rows}])).text

    @pytest.mark.parametrize(
        ("runs", "cell"),
        [
            ([{"type": "link", "url": "https://a.b", "text": "x|y"}], r"x\|y (https://a.b)"),
            ([{"type": "text", "text": "a|b "}, {"type": "user", "user_id": "U2"}], r"a\|b @U2"),
            ([{"type": "link", "url": "https://a.b"}, {"type": "text", "text": " | c"}], r"https://a.b \| c"),
            ([{"type": "text", "text": "1 < 2 | 3"}], r"1 < 2 \| 3"),
        ],
    )
    def test_a_pipe_ends_no_cell(self, read, runs, cell):
        rows = [[{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]}]]

        assert f"| {cell} |\n| --- |" == read(event(text="", blocks=[{"type": "table", "rows": rows}])).text


class TestBlocks:
    """Text that comes as blocks alone."""

    def text(self, read, *elements):
        blocks = [{"type": "rich_text", "elements": list(elements)}]
        return read(event(text="", blocks=blocks)).text

    def section(self, *runs, kind="section", **more):
        return {"type": f"rich_text_{kind}", "elements": list(runs)} | more

    def run(self, text, **more):
        return {"type": "text", "text": text} | more

    def test_code_is_fenced_and_keeps_every_sign(self, read):
        code = self.section(self.run("if a <b>:\n\tpass"), kind="preformatted")

        assert "```\nif a <b>:\n\tpass\n```" == self.text(read, code)

    def test_code_within_a_line_is_marked(self, read):
        assert "call `f()` now" == self.text(
            read, self.section(self.run("call "), self.run("f()", style={"code": True}), self.run(" now"))
        )

    def test_each_line_of_a_quote_is_marked(self, read):
        assert "> one\n> two" == self.text(read, self.section(self.run("one\ntwo"), kind="quote"))

    def test_lists_are_numbered_and_indented(self, read):
        first, second = self.section(self.run("one")), self.section(self.run("two"))
        ordered = self.section(first, second, kind="list", style="ordered", indent=0, offset=2)
        nested = self.section(first, kind="list", style="bullet", indent=1)

        assert "3. one\n4. two\n    ◦ one" == self.text(read, ordered, nested)

    def test_links_keep_their_addresses(self, read):
        link = {"type": "link", "url": "https://a.b?x=1&y=2", "text": "here"}

        assert "here (https://a.b?x=1&y=2)" == self.text(read, self.section(link))

    @pytest.mark.parametrize(
        ("date", "reads"),
        [
            ({"timestamp": 1720710212, "fallback": "11 July, noon"}, "due 11 July, noon"),
            ({"timestamp": 1720710212}, "due 2024-07-11 15:03 UTC"),
            ({"timestamp": 0, "fallback": ""}, "due 1970-01-01 00:00 UTC"),
            ({"timestamp": 10**30}, "due "),
            ({"timestamp": {"of": "the future"}}, "due "),
        ],
    )
    def test_a_date_is_read_as_its_author_may_have_written_it(self, read, date, reads):
        said = self.text(read, self.section(self.run("due "), {"type": "date", "format": "{date_num}"} | date))

        assert reads.strip() == said.strip()


class TestCommands:
    @pytest.mark.parametrize("text", ["new", "/new", " New ", ", new.", "new!"])
    def test_a_single_word_is_a_command(self, read, text):
        message = read(event(text=f"<@UBOT>{text}" if text.startswith(",") else f"<@UBOT> {text}"))

        assert (CommandName.NEW, "") == (message.command, message.text)

    @pytest.mark.parametrize("text", ["new ideas", "", "news", "status of my order?", "/status of my order?"])
    def test_a_sentence_is_not(self, text):
        assert parse_message(text).command is None

    @pytest.mark.parametrize(
        ("typed", "command", "text"),
        [
            ("new what is it?", CommandName.NEW, "what is it?"),
            ("new", CommandName.NEW, ""),
            ("STOP it, please", CommandName.STOP, "it, please"),
            ("help me", None, "help me"),
            ("stopwatch", None, "stopwatch"),
        ],
    )
    def test_words_behind_a_command_go_with_it(self, typed, command, text):
        assert (command, text) == (parse_typed(typed).command, parse_typed(typed).text)

    def test_words_behind_a_slash_go_with_it(self, read):
        message = read(event(channel="D1", channel_type="im", text="/new what\nis it?"))

        assert (CommandName.NEW, "what\nis it?") == (message.command, message.text)

    @pytest.mark.parametrize(
        ("word", "command"), [("stop", CommandName.STOP), ("start", None), ("help", None), ("new", None)]
    )
    def test_in_private_a_bare_word_is_seldom_a_command(self, read, word, command):
        """A bot may have asked "start or stop?"."""
        message = read(event(channel="D1", channel_type="im", text=word))

        assert (command, word) == (message.command, message.text)
        assert message.only_stops == (command is CommandName.STOP)

    def test_a_word_nobody_told_us_is_not(self, read):
        assert read(event(text="stop", thread_ts="4.000100")).command is None

    @pytest.mark.parametrize(
        ("words", "command", "text"),
        [
            ("bot coder", CommandName.BOT, "coder"),
            ("Bot: my-bot_2", CommandName.BOT, "my-bot_2"),
            ("bot 小助手", CommandName.BOT, "小助手"),
            ("bot", CommandName.BOT, ""),
            ("privacy forget", CommandName.PRIVACY, "forget"),
            ("link off", CommandName.LINK, "off"),
            ("link K7PQ2MXA", CommandName.LINK, "K7PQ2MXA"),
            ("approve KPQRSTUV", CommandName.APPROVE, "KPQRSTUV"),
            ("/new and how high is it?", CommandName.NEW, "and how high is it?"),
            ("new: how high is it?", CommandName.NEW, "how high is it?"),
            ("New\nhow high is it?", CommandName.NEW, "how high is it?"),
            ("new。有多高？", CommandName.NEW, "有多高？"),
            ("new! How high?", CommandName.NEW, "How high?"),
            ("new:", CommandName.NEW, ""),
            ("new.js or old?", None, "new.js or old?"),
            ("new, shiny things", None, "new, shiny things"),
            ("new one:two?", None, "new one:two?"),
            ("bot or human?", None, "bot or human?"),
            ("new ideas for lunch", None, "new ideas for lunch"),
            ("stop the build", None, "stop the build"),
            ("privacy laws", None, "privacy laws"),
            ("link https://example.com", None, "link https://example.com"),
            ("link please", None, "link please"),
            ("link it to the page", None, "link it to the page"),
            ("help me", None, "help me"),
            ("/coze status", CommandName.STATUS, ""),
            ("/coze", CommandName.HELP, ""),
            ("/Coze new how high?", CommandName.NEW, "how high?"),
            ("/coze how high?", None, "how high?"),
            ("/cozelike?", None, "/cozelike?"),
        ],
    )
    def test_behind_a_mention_stands_a_command_with_what_it_takes_or_a_question(self, read, words, command, text):
        message = read(event(type="app_mention", channel_type=None, text=f"<@UBOT> {words}"))

        assert (command, text) == (message.command, message.text)

    @pytest.mark.parametrize("typed", [" /coze status", "/coze  STATUS", "/coze\tstatus"])
    def test_in_a_thread_the_slash_command_is_written_into_a_message(self, read, typed):
        """Slack takes none there."""
        message = read(event(channel="D1", channel_type="im", thread_ts="4.000100", text=typed))

        assert (CommandName.STATUS, "") == (message.command, message.text)

    def test_behind_no_mention_it_is_a_question(self, read):
        assert read(event(channel="D1", channel_type="im", text="bot coder")).command is None

    @pytest.mark.parametrize(
        "mention",
        ["<@UBOT>", " <@UBOT> ", "<@UBOT> <@UBOT>", "*<@UBOT>*", "<@UBOT>:", "<@UBOT>\u200b", "\u2060<@UBOT> \ufeff"],
    )
    def test_a_mention_and_nothing_else_asks_for_help(self, read, mention):
        assert CommandName.HELP is read(event(text=mention)).command

    @pytest.mark.parametrize("text", ["\u200b", "\ufeff \u200d", "\u3164", "\u2800\n"])
    def test_what_is_empty_to_the_eye_is_no_question(self, read, text):
        assert read(event(channel="D1", channel_type="im", text=text)).is_empty

    def test_a_mention_in_bold_is_one_as_well(self, read):
        assert CommandName.STOP is read(event(text="*<@UBOT>* stop")).command

    def test_slash_commands(self, read):
        said = [read(command(text)) for text in ("stop", "", "what is it?")]

        assert [CommandName.STOP, CommandName.HELP, None] == [message.command for message in said]
        assert "what is it?" == said[2].text
        assert ("T1:BBOT:command:1.2.3",) == said[0].dedupe_keys
        assert read(command("stop", team_id="T2")) is None

    def test_the_stop_button(self, read):
        pressed = {"type": "agent_session_stopped", "thread_ts": "4.000100", "event_ts": "6.0", "text": None}
        message = read(event(**pressed))

        assert (CommandName.STOP, True, "4.000100") == (message.command, message.only_stops, message.where.thread)


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
            "message": {"text": "42"},
            "actions": [{"type": "button", "action_id": action, "value": value, "action_ts": "8.5"}],
        })  # fmt: skip

    def test_is_its_question_asked_by_whoever_pressed_it(self, read):
        message = self.pressed(read, thread_ts="5.000100")

        assert ("T1:BBOT:press:C1:6.000100:ask:0:U1",) == message.dedupe_keys
        assert Place(adapter="acme", workspace="T1", chat="C1", thread="5.000100") == message.where
        assert ("And now?", Address.TO_US, ANN) == (message.text, message.address, message.author)
        assert {"ts": "8.5", "thread_ts": "5.000100", "team": "T1"} == message.reply_context

    def test_below_an_answer_without_a_thread_is_asked_in_the_memory_of_whoever_presses(self, read):
        message = self.pressed(read)

        assert (None, "6.000100") == (message.where.thread, message.reply_context["thread_ts"])

    def test_quotes_the_answer_it_stands_below(self, read):
        quote = Quote(text="42", ours=True, ref=Ref("6.000100"))

        assert quote == self.pressed(read).quote
        assert quote == self.pressed(read, thread_ts="5.000100").quote
        assert quote == self.pressed(read, channel="D1", name="directmessage").quote

    def test_in_a_direct_message_has_no_thread_of_its_own(self, read):
        message = self.pressed(read, channel="D1", name="directmessage")

        assert (ChatType.PRIVATE, None) == (message.chat_type, message.where.thread)

    def test_in_a_group_direct_message_is_in_a_group(self, read):
        assert ChatType.GROUP is self.pressed(read, name="mpdm-ann--bob-1").chat_type

    def test_of_a_thumb_is_an_opinion_and_may_change(self, read):
        message = self.pressed(read, action="rate", value="dislike:turn-7", thread_ts="5.000100")

        assert Rating(turn_key="turn-7", liked=False) == message.rating
        assert not message.is_question
        assert ("T1:BBOT:press:C1:6.000100:8.5",) == message.dedupe_keys

    @pytest.mark.parametrize("odd", [{"action": "feedback"}, {"value": None}])
    def test_of_any_other_button_nobody_said_anything(self, read, odd):
        assert self.pressed(read, **odd) is None
