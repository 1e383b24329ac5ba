"""What people see of the Slack app beside messages: the shortcut's form, their Home tab, the assistant's pane."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bridge.engine.question import question_text
from bridge.sdk.answers import Part
from bridge.sdk.errors import Unreachable
from bridge.sdk.model import Attachment, ChatType, Inbound, MediaKind
from bridge.sdk.self_service import Offer, Overview
from tests.wire.slack.harness import listening, reachable

ASK = "ask_about_this"


@dataclass
class Core:
    """The core, as far as pages need it."""

    forms: list[Inbound] = field(default_factory=list)  #: what was asked in a form
    said: list[Inbound] = field(default_factory=list)
    visitors: list[Inbound] = field(default_factory=list)
    forgotten: list[Inbound] = field(default_factory=list)
    shows: Overview = field(default_factory=Overview)
    lets_in: bool = True
    away: bool = False
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, message):
        async with self.came:
            kind = self.forms if ":form:" in message.dedupe_keys[0] else self.said
            kind.append(message)
            self.came.notify_all()

    async def may_talk(self, visitor):
        self.visitors.append(visitor)
        if self.away:
            raise Unreachable("the database is away")
        return self.lets_in

    async def overview(self, visitor):
        return self.shows if await self.may_talk(visitor) else None

    async def forget(self, visitor):
        self.forgotten.append(visitor)

    async def one(self, number=1):
        return await self._of(self.forms, number)

    async def heard(self, number=1):
        return await self._of(self.said, number)

    async def _of(self, kind, number):
        async with self.came, asyncio.timeout(20):
            await self.came.wait_for(lambda: len(kind) >= number)
        return kind[number - 1]


@pytest.fixture
def core():
    """What the adapter has behind it: it accepts, and shows what is kept."""
    return Core()


@pytest.fixture
async def adapter(slack, core):
    """The adapter, before `core`."""
    async with listening(slack, core, self_service=core) as adapter:
        yield adapter


async def form(slack, person, ts):
    """The form that opens for that message."""
    before = len(slack.modals)
    slack.shortcut(person, ts, ASK)
    await slack.until(lambda: len(slack.modals) > before)
    return slack.modals[-1]


async def asked(slack, core, person, ts, question):
    """The question about that message, as the core gets it."""
    before = len(core.forms)
    slack.submits(person, await form(slack, person, ts), question)
    return await core.one(before + 1)


class TestAskAboutThis:
    async def test_the_form_quotes_the_message_and_the_question_is_asked_below_it(self, slack, core, adapter):
        ann, bob = slack.person("Ann"), slack.person("Bob")
        desk = slack.channel("help", members=[ann, bob])
        ts = slack.says(bob, "The bridge is closed & <https://example.com|here> is why", desk)

        message = await asked(slack, core, ann, ts, "  until when?\n")

        assert "  until when?\n" == message.text
        assert "The bridge is closed & here (https://example.com) is why" == message.quote.text
        assert "Bob" == message.quote.author
        assert not message.quote.ours
        assert (desk, ts, "T0SIM", ChatType.CHANNEL) == (
            message.where.chat,
            message.where.thread,
            message.where.workspace,
            message.chat_type,
        )
        assert (ann.id, "Ann") == (message.author.id, message.author.name)

    async def test_its_answer_stands_in_the_thread_of_the_message(self, slack, core, adapter):
        ann = slack.person("Ann")
        desk = slack.channel("help", members=[ann])
        root = slack.says(ann, "Who knows bridges?", desk)
        ts = slack.says(ann, "I mean the old one", desk, root)

        message = await asked(slack, core, ann, ts, "which?")
        async with adapter.reply(message) as sink:
            ref = await sink.preview(Part(index=0, text="The stone", key="k"))
            await sink.finish(Part(index=0, text="The stone one.", key="k", ref=ref))

        assert ["The stone one."] == slack.bot_texts(desk, root)
        assert "I mean the old one" == message.quote.text

    async def test_somebody_from_another_workspace_is_answered_where_the_message_stands(self, slack, core, adapter):
        """Slack tells their own workspace with what they send, and in the view alone where the app is."""
        eve = slack.person("Eve", team="T0ELSE")
        desk = slack.channel("help", members=[eve])
        ts = slack.says(eve, "The bridge is closed", desk)

        message = await asked(slack, core, eve, ts, "until when?")

        assert ("until when?", "T0SIM", desk, ts, eve.id) == (
            message.text,
            message.where.workspace,
            message.where.chat,
            message.where.thread,
            message.author.id,
        )
        assert "T0ELSE" == message.reply_context["team"]

    @pytest.mark.parametrize("name", ["ask_about_message", "", "frage"])
    async def test_it_may_have_any_name_on_the_page_of_the_app(self, slack, core, adapter, name):
        ann = slack.person("Ann")
        ts = slack.says(ann, "The bridge is closed", slack.channel("help", members=[ann]))
        slack.shortcut(ann, ts, name)

        await slack.until(lambda: slack.modals)

    async def test_files_of_the_message_come_with_it(self, slack, core, adapter):
        ann = slack.person("Ann")
        desk = slack.channel("help", members=[ann])
        photo = slack.file(ann, "bridge.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20)
        ts = slack.says(ann, "", desk, files=[photo])

        message = await asked(slack, core, ann, ts, "which bridge?")

        wanted = Attachment(kind=MediaKind.IMAGE, handle=photo.id, name="bridge.png", mime="image/png", size=28)
        assert (wanted,) == message.quote.attachments
        assert photo.data == (await adapter.fetch(message.quote.attachments[0], at_most=1000)).data

    async def test_an_answer_of_ours_is_known_as_such(self, slack, core, adapter):
        ann = slack.person("Ann")
        desk = slack.channel("help", members=[ann])
        first = slack.says(ann, "hello", desk, mention=True)
        async with adapter.reply(await core.heard()) as sink:
            ref = await sink.finish(Part(index=0, text="A *bridge*.", key="k"))

        message = await asked(slack, core, ann, ref, "why?")

        assert (True, ref, first) == (message.quote.ours, message.quote.ref, message.where.thread)

    @pytest.mark.parametrize("sign", ["word ", "水", '"\\\n', "😀 a "])
    async def test_a_long_message_is_quoted_whole(self, slack, core, adapter, sign):
        ann = slack.person("Ann")
        desk = slack.channel("help", members=[ann])
        long = (sign * 4_000)[:8_000] + "the end"
        ts = slack.says(ann, long, desk)

        message = await asked(slack, core, ann, ts, "in short?")
        whole = await adapter.complete(message, about_author=False)

        assert long == whole.quote.text
        assert long.startswith(message.quote.text.strip())
        assert 200 < len(message.quote.text)

    async def test_what_may_not_be_read_is_quoted_as_far_as_the_form_held_it(self, slack, core, adapter):
        ann, bob = slack.person("Ann"), slack.person("Bob")
        secret = slack.private_channel("ours", members=[ann, bob], bot=False)
        ts = slack.says(bob, "word " * 4_000, secret)

        message = await asked(slack, core, ann, ts, "in short?")
        whole = await adapter.complete(message, about_author=False)

        assert whole.quote.text.startswith("word word")
        assert 1_000 < len(whole.quote.text)

    async def test_where_we_may_not_speak_who_asked_is_answered_alone(self, slack, core, adapter):
        ann, bob = slack.person("Ann"), slack.person("Bob")
        secret = slack.private_channel("ours", members=[ann, bob], bot=False)
        ts = slack.says(bob, "The bridge is closed", secret)

        message = await asked(slack, core, ann, ts, "why?")
        async with adapter.reply(message) as sink:
            await sink.preview(Part(index=0, text="Because", key="k"))
            await sink.finish(Part(index=0, text="Because of the flood.", key="k"))

        assert [(ann.id, "Because of the flood.")] == [(one.user, one.text) for one in slack.ephemerals]

    async def test_sent_twice_it_is_known_as_one(self, slack, core, adapter):
        ann = slack.person("Ann")
        ts = slack.says(ann, "hm", slack.channel("help", members=[ann]))
        opened = await form(slack, ann, ts)
        for _ in range(2):
            slack.submits(ann, opened, "why?")
        first, second = await core.one(1), await core.one(2)
        again = await asked(slack, core, ann, ts, "why?")

        assert first.dedupe_keys == second.dedupe_keys
        assert not set(again.dedupe_keys) & set(first.dedupe_keys)

    async def test_who_may_not_talk_sees_no_form(self, slack, core, adapter):
        core.lets_in = False
        eve = slack.person("Eve")
        ts = slack.says(eve, "hm", slack.channel("help", members=[eve]))
        delivery = slack.shortcut(eve, ts, ASK)
        await slack.until(lambda: delivery.acked)
        await adapter._background.wait_for_all()

        assert [] == slack.modals
        assert eve.id == core.visitors[0].author.id

    async def test_slack_hears_at_once_though_the_database_is_away_and_the_person_hears_too(self, slack, core, adapter):
        core.away = True
        ann = slack.person("Ann")
        ts = slack.says(ann, "hm", slack.channel("help", members=[ann]))
        delivery = slack.shortcut(ann, ts, ASK)
        await slack.until(lambda: slack.ephemerals)

        assert delivery.acked
        assert [(ann.id, "Something went wrong on our side. Please try again.")] == [
            (one.user, one.text) for one in slack.ephemerals
        ]

    async def test_it_speaks_the_language_of_who_asks(self, slack, core, adapter):
        li = slack.person("Li", "zh-CN")
        ts = slack.says(li, "桥", slack.channel("help", members=[li]))

        opened = await form(slack, li, ts)

        assert ("就此提问", "提问", "取消") == tuple(opened[name]["text"] for name in ("title", "submit", "close"))

    async def test_it_works_by_http_too(self, slack, core):
        async with (
            listening(slack, core, self_service=core, app_token=None, signing_secret=slack.signing_secret) as adapter,
            reachable(adapter, core) as url,
        ):
            slack.events_url = url
            ann = slack.person("Ann")
            ts = slack.says(ann, "The bridge is closed", slack.channel("help", members=[ann]))

            opened = await form(slack, ann, ts)
            delivery = slack.submits(ann, opened, "why?")
            message = await core.one()
            await slack.until(lambda: delivery.acked)

        assert ("why?", "The bridge is closed") == (message.text, message.quote.text)


class TestHome:
    async def test_it_tells_who_answers_and_what_is_left(self, slack, core, adapter):
        core.shows = Overview(
            offers=(Offer(bot="Support"), Offer(bot="Reports <!channel>", opening="/report")),
            prompts=("How do I\nreset my password?",),
            limits=("Messages left: 19 of 20 in 1 minute",),
        )
        ann = slack.person("Ann")
        shown = await home(slack, ann)

        assert "*Support* answers: just write to me" in shown
        assert "*Reports &lt;!channel&gt;* answers what begins with `/report`" in shown
        assert "• How do I reset my password?" in shown
        assert "• Messages left: 19 of 20 in 1 minute" in shown
        assert (ann.id, slack.dm(ann), ChatType.PRIVATE) == (
            core.visitors[0].author.id,
            core.visitors[0].where.chat,
            core.visitors[0].chat_type,
        )

    async def test_who_is_forgotten_is_asked_first_and_sees_it_done(self, slack, core, adapter):
        ann = slack.person("Ann")
        await home(slack, ann)
        [button] = [block["accessory"] for block in slack.home[ann.id]["blocks"] if "accessory" in block]
        assert "This cannot be undone" in button["confirm"]["text"]["text"]
        delivery = slack.presses_home(ann, button["action_id"])
        await slack.until(lambda: "Nothing is kept about you any more" in text_of(slack.home[ann.id]))

        assert delivery.acked
        assert [(ann.id, slack.dm(ann))] == [(one.author.id, one.where.chat) for one in core.forgotten]

    async def test_it_tells_whether_they_are_linked(self, slack, core, adapter):
        alone = await home(slack, slack.person("Ann"))
        core.shows = Overview(linked=("helpdesk",))
        linked = await home(slack, slack.person("Bob"))

        assert "`/coze link` gives a code" in alone
        assert "one person with your account at helpdesk" in linked

    async def test_who_may_not_talk_sees_no_more_than_that(self, slack, core, adapter):
        core.lets_in = False
        core.shows = Overview(offers=(Offer(bot="Support"),))
        eve = slack.person("Eve")

        assert "Sorry, you may not use this bot here." == await home(slack, eve)

    async def test_it_speaks_the_language_of_its_person(self, slack, core, adapter):
        core.shows = Overview(offers=(Offer(bot="客服"),))
        li = slack.person("Li", "zh-CN")
        shown = await home(slack, li)

        assert "我能做什么" in shown
        assert "*客服* 为你解答" in shown

    @pytest.mark.parametrize("count", [0, 1, 100])
    async def test_it_fits_whatever_there_is_to_tell(self, slack, core, adapter, count):
        core.shows = Overview(
            offers=tuple(Offer(bot="b&" * 500, opening="<o" * 500) for _ in range(count)),
            prompts=("p>" * 500,) * count,
            limits=("l" * 500,) * count,
        )
        shown = await home(slack, slack.person("Ann"))

        assert "What I can do here" in shown


class TestTheAssistantsPane:
    async def test_an_assistants_thread_opens_with_a_greeting_and_questions(self, slack, core, adapter):
        core.shows = Overview(greeting="I am **Support**.", prompts=("one?", "two?", "x" * 100, "four?", "five?"))
        ann = slack.person("Ann")
        thread = slack.opens_assistant(ann)
        await slack.until(lambda: (slack.dm(ann), thread) in slack.prompts)

        assert ["New Assistant Thread", "I am **Support**."] == slack.bot_texts(slack.dm(ann), thread)
        prompts = slack.prompts[slack.dm(ann), thread]
        assert ["one?", "two?", "x" * 100, "four?"] == [one["message"] for one in prompts]
        assert 75 == len(prompts[2]["title"])

    async def test_opened_again_by_a_redelivery_it_greets_once(self, slack, core, adapter):
        ann = slack.person("Ann")
        thread = slack.opens_assistant(ann)
        await slack.until(lambda: len(slack.bot_texts(slack.dm(ann), thread)) == 2)
        slack.redeliver(2)
        await slack.settled()
        await adapter._background.wait_for_all()

        assert ["New Assistant Thread", "Hello! What shall we talk about?"] == slack.bot_texts(slack.dm(ann), thread)

    async def test_an_agents_pane_has_questions_on_top(self, slack, core, adapter):
        core.shows = Overview(greeting="I am Support.", prompts=("one?",))
        ann = slack.person("Ann")
        slack.opens_home(ann, "messages")
        await slack.until(lambda: (slack.dm(ann), None) in slack.prompts)

        assert [] == slack.bot_texts(slack.dm(ann))

    async def test_who_may_not_talk_is_not_greeted(self, slack, core, adapter):
        core.lets_in = False
        eve = slack.person("Eve")
        thread = slack.opens_assistant(eve)
        slack.opens_home(eve, "messages")
        await slack.settled()
        await adapter._background.wait_for_all()

        assert ["New Assistant Thread"] == slack.bot_texts(slack.dm(eve), thread)
        assert {} == slack.prompts

    async def test_a_thread_is_called_after_its_first_question(self, slack, core, adapter):
        ann = slack.person("Ann")
        dm, thread = slack.dm(ann), slack.opens_assistant(ann)
        await slack.until(lambda: len(slack.bot_texts(dm, thread)) == 2)
        for number, text in enumerate(["How high is\n  the bridge" + "?" * 100, "And how long?"], start=1):
            slack.says(ann, text, dm, thread)
            async with adapter.reply(await core.heard(number)):
                await adapter._background.wait_for_all()

        assert "How high is the bridge????" == slack.titles[dm, thread][:26]
        assert 60 == len(slack.titles[dm, thread])

    async def test_an_agents_thread_begins_with_each_message_of_its_own(self, slack, core, adapter):
        ann = slack.person("Ann")
        dm = slack.dm(ann)
        first = slack.says(ann, "How high is it?")
        slack.says(ann, "/coze help")
        slack.says(ann, "And how long?", dm, first)
        for number in (1, 2, 3):
            async with adapter.reply(await core.heard(number)):
                await adapter._background.wait_for_all()

        assert "How high is it?" == slack.titles[dm, first]

    async def test_where_threads_have_no_titles_it_is_not_tried_again(self, slack, core, adapter):
        slack.refuses["assistant.threads.setTitle"] = "not_allowed_token_type"
        ann = slack.person("Ann")
        for number in (1, 2):
            slack.says(ann, f"Question {number}?")
            async with adapter.reply(await core.heard(number)):
                await adapter._background.wait_for_all()

        assert 1 == len(slack.called("assistant.threads.setTitle"))

    @pytest.mark.parametrize("is_agent", [True, False])
    async def test_what_stands_beside_the_pane_comes_with_the_question(self, slack, core, adapter, is_agent):
        ann = slack.person("Ann")
        general, random = slack.channel("general", members=[ann]), slack.channel("random", members=[ann])
        thread = None if is_agent else slack.opens_assistant(ann, general)
        slack.looks(ann, random, thread)
        await slack.settled()
        await adapter._background.wait_for_all()
        slack.says(ann, "what is it about?", slack.dm(ann), thread)
        message = await adapter.complete(await core.heard(), about_author=False)

        assert ("#random", "what is it about?") == (message.looking_at, message.text)
        assert "Looking at:\n> #random\n\nwhat is it about?" == question_text(message)

    async def test_while_it_thinks_phrases_take_turns(self, slack, core, adapter):
        slack.says(slack.person("Li", "zh-CN"), "桥有多高？")
        message = await core.heard()
        await adapter.complete(message, about_author=True)
        async with adapter.reply(await adapter.complete(message, about_author=True)):
            await slack.until(lambda: slack.called("assistant.threads.setStatus"))

        [call, *_] = slack.called("assistant.threads.setStatus")
        assert "正在查找资料…" in call.params["loading_messages"]


async def home(slack, person):
    """What that person reads on their Home tab."""
    slack.opens_home(person)
    await slack.until(lambda: person.id in slack.home)
    return text_of(slack.home[person.id])


def text_of(view):
    texts = [block["text"]["text"] for block in view["blocks"] if "text" in block]
    return "\n".join([*texts, *(each["text"] for block in view["blocks"] for each in block.get("elements", []))])
