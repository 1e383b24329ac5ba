"""The Slack adapter against a Slack: the real client libraries, over loopback."""

import asyncio
import hashlib
import hmac
import html
import json
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from structlog.testing import capture_logs

from adapters.slack.adapter import SlackAdapter
from adapters.slack.api import SlackApi
from adapters.slack.events import ACCEPT_WITHIN
from adapters.slack.limits import MESSAGE_LONGEST
from adapters.slack.options import SlackOptions
from adapters.slack.pace import START
from adapters.slack.previews import SHORT_SECONDS
from adapters.slack.scopes import SCOPES
from bridge.sdk.answers import Buttons, Part, TurnButton
from bridge.sdk.asking import Step
from bridge.sdk.errors import ChatGone, Later, MessageGone, StoppedByPerson, Unauthorised, Uncertain, Unreachable
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Address, ChatType, CommandName, Forward, Inbound, MediaBytes
from bridge.sdk.ports import Adapter, WebhookReceiver
from simulators.slack import Slack
from tests.wire.hearing import called

QUESTION = "what is a bridge?"
ALONE = translate(MessageId.ANSWERED_ALONE, "en")


@dataclass
class RecordingAccept:
    """What the core would have on disk."""

    messages: list[Inbound] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    refuse: int = 0  #: how many it will fail to write down
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, message):
        if self.refuse:
            self.refuse -= 1
            raise Later("the disk is full")
        async with self.came:
            if not self.keys.intersection(message.dedupe_keys):
                self.messages.append(message)
            self.keys.update(message.dedupe_keys)
            self.came.notify_all()

    async def one(self, number=1):
        async with self.came, asyncio.timeout(20):
            await self.came.wait_for(lambda: len(self.messages) >= number)
        return self.messages[number - 1]


@pytest.fixture
async def slack():
    """A Slack as it is."""
    async with Slack() as slack:
        yield slack


@dataclass
class Canary:
    """A server inside that nobody has any business with."""

    url: str
    calls: list[str] = field(default_factory=list)


@pytest.fixture
async def canary():
    """A server that must never be called; it counts who does."""

    async def sing(request):
        canary.calls.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", sing)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    canary = Canary(f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield canary
    await runner.cleanup()


@pytest.fixture
def heard():
    """What was accepted."""
    return RecordingAccept()


def options(slack, **more):
    tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token}
    return SlackOptions.model_validate(tokens | {"api_url": slack.api_url} | more)


@asynccontextmanager
async def listening(slack, heard, **more):
    """An adapter that hears *slack*."""
    async with SlackAdapter.from_options("acme", options(slack, **more)) as adapter:
        task = asyncio.create_task(adapter.run(heard.accept))
        try:
            if "signing_secret" not in more:
                await slack.until(lambda: slack.sockets.open)
            yield adapter
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def adapter(slack, heard):
    """The adapter, listening by sockets."""
    async with listening(slack, heard) as adapter:
        yield adapter


def part(text, ref=None, *, key="turn-1/0", index=0, steps=()):
    return Part(index=index, text=text, key=key, ref=ref, steps=steps)


async def asked(slack, heard, *, thread=None, text=QUESTION):
    """A mention in a channel, as the core has it, and the ts of the thread."""
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    ts = slack.says(ann, text, desk, thread, mention=True)
    return await heard.one(), desk, ts


async def asked_in_vain(slack, heard, ann=None, *, number=1):
    """A question by command where the bot may not speak, whose address takes nothing any more; and who asked."""
    ann = ann or slack.person("ann")
    desk = slack.channel("help", members=[ann], bot=False)
    slack.command(ann, "/coze", QUESTION, desk)
    slack.faults.add("response_url", times=9, status=404, body={"ok": False, "error": "used_url"})
    return await heard.one(number), ann


async def _never(_client):
    return False


class TestHearing:
    def test_it_keeps_the_contracts(self, slack):
        adapter = SlackAdapter("acme", options(slack))

        assert isinstance(adapter, Adapter)
        assert isinstance(adapter, WebhookReceiver)

    @pytest.mark.parametrize("first", ["mention", "message"])
    async def test_a_mention_is_heard_once_though_slack_sends_two_events(self, slack, heard, adapter, first):
        slack.both_orders = first
        message, desk, ts = await asked(slack, heard)
        await slack.until(lambda: len(slack.deliveries) == 2 and slack.courier.settled())

        assert [QUESTION] == [m.text for m in heard.messages]
        assert (desk, ts, slack.team) == (message.where.chat, message.where.thread, message.where.workspace)
        assert (Address.TO_US, ChatType.CHANNEL) == (message.address, message.chat_type)

    async def test_white_space_and_code_are_heard_as_they_were_typed(self, slack, heard, adapter):
        code = "```\ndef area(r):\n    return r\t* 3\n```"
        slack.says(slack.person("ann"), code)

        assert code == (await heard.one()).text

    async def test_a_forwarded_message_is_heard_with_its_author_and_its_file(self, slack, heard, adapter):
        ann = slack.person("ann")
        plan = slack.file(ann, "plan.txt", b"the plan")
        shared = {"is_share": True, "author_name": "Ben", "text": "see &lt;this&gt;", "files": [plan.wire()]}
        slack.says(ann, "", attachments=[shared])
        message = await heard.one()
        got = await adapter.fetch(message.attachments[0], at_most=100)

        assert (Forward(origin="Ben", text="see <this>"),) == message.forwards
        assert b"the plan" == got.data

    async def test_a_reply_below_the_answer_to_a_command_is_for_us(self, slack, heard, adapter):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.command(ann, "/coze", QUESTION, desk)
        first = await heard.one()
        async with adapter.reply(first) as sink:
            answer = await sink.finish(part("A way across."))
        slack.says(ann, "and who built it?", desk, answer)
        second = await heard.one(2)
        async with adapter.reply(second) as sink:
            reply = await sink.finish(part("Romans.", key="turn-2/0"))

        assert (Address.TO_US, first.where) == (second.address, second.where)
        assert answer == slack.message(reply).thread_ts

    async def test_a_thread_goes_on_without_a_mention(self, slack, heard, adapter):
        first, desk, ts = await asked(slack, heard)
        slack.says(slack.person("ben"), "and who built it?", desk, ts)
        second = await heard.one(2)

        assert first.where == second.where
        assert Address.IN_THREAD is second.address

    async def test_direct_messages_are_one_place_whatever_thread_they_are_in(self, slack, heard, adapter):
        ann = slack.person("ann")
        ts = slack.says(ann, "hello")
        first = await heard.one()
        slack.says(ann, "and again", thread=ts)
        second = await heard.one(2)

        assert first.where == second.where
        assert (ChatType.PRIVATE, None) == (second.chat_type, second.where.thread)

    async def test_what_could_not_be_written_down_is_delivered_again(self, slack, heard, adapter):
        """The promise of the house: Slack lets go of a message only when we have it."""
        heard.refuse = 1
        slack.says(slack.person("ann"), "hello")
        message = await heard.one()
        await slack.until(slack.courier.settled)

        assert "hello" == message.text
        assert [2] == [len(delivery.sent_at) for delivery in slack.deliveries]

    async def test_a_slash_command_is_heard(self, slack, heard, adapter):
        delivery = slack.command(slack.person("ann"), "/coze", "new")
        message = await heard.one()
        await slack.until(lambda: delivery.acked)

        assert CommandName.NEW is message.command

    async def test_the_stop_button_is_heard_as_the_command(self, slack, heard, adapter):
        message, _desk, ts = await asked(slack, heard)
        slack.stops(slack.world.people[message.author.id], ts)
        stop = await heard.one(2)

        assert (CommandName.STOP, message.where) == (stop.command, stop.where)

    @pytest.mark.parametrize("first", ["mention", "message"])
    async def test_a_plain_mention_waits_for_nothing(self, slack, heard, adapter, first, monkeypatch):
        """Its second copy may be hours away: no timer is armed but the bound of the insert."""
        slack.both_orders = first
        slack.subscriptions.discard("message.channels" if first == "mention" else "app_mention")
        adapter._workspaces.by_default().directory.chat_types["C01HELP"] = ChatType.CHANNEL
        loop, armed, takers = asyncio.get_running_loop(), [], set()
        call_at, receive = loop.call_at, adapter._receiver.receive

        def arming(when, *args, **more):
            if asyncio.current_task() in takers:
                armed.append(round(when - loop.time()))
            return call_at(when, *args, **more)

        async def receiving(body):
            takers.add(asyncio.current_task())
            await receive(body)

        monkeypatch.setattr(adapter._receiver, "receive", receiving)
        monkeypatch.setattr(loop, "call_at", arming)
        message, _, _ = await asked(slack, heard)

        assert (QUESTION, True, False) == (message.text, message.is_copy, message.is_partial)
        assert [ACCEPT_WITHIN] == armed

    @pytest.mark.parametrize(
        ("said", "lacking"),
        {
            "it shares a file": ({"text": "what is it?", "subtype": "file_share"}, True),
            "its words name one": ({"text": "see https://acme.slack.com/files/U1/F1/plan.txt"}, True),
            "it says nothing": ({"text": ""}, True),
            "plain words": ({"text": "what is a bridge?"}, False),
            "somebody's link": ({"text": "see https://example.com/files/plan.txt"}, False),
        }.values(),
    )
    async def test_a_copy_that_shows_that_it_lacks_something_waits_in_the_inbox(
        self, slack, heard, adapter, said, lacking
    ):
        slack.both_orders = "message"
        ann = slack.person("ann")
        slack.says(ann, channel=slack.channel("help", members=[ann]), mention=True, **said)

        assert lacking is (await heard.one()).is_partial

    @pytest.mark.parametrize("first", ["mention", "message"])
    async def test_a_group_direct_message_is_a_group_whatever_its_id(self, slack, heard, adapter, first):
        """Not even its ``app_mention`` tells: Slack is asked."""
        slack.both_orders = first
        people = [slack.person("ann"), slack.person("ben")]
        slack.says(people[0], QUESTION, slack.mpim(people), mention=True)
        await slack.until(lambda: len(slack.deliveries) == 2 and slack.courier.settled())

        assert [ChatType.GROUP] == [message.chat_type for message in heard.messages]

    @pytest.mark.parametrize("count", [2, 3, 8])
    @pytest.mark.parametrize("which", ["app_mention", "message.mpim"])
    async def test_of_however_many_and_whichever_copy_comes(self, slack, heard, adapter, count, which):
        slack.subscriptions.discard(which)
        people = [slack.person(f"person {number}") for number in range(count)]
        slack.says(people[-1], QUESTION, slack.mpim(people), mention=True)
        await slack.until(lambda: slack.deliveries and slack.courier.settled())

        assert [ChatType.GROUP] == [message.chat_type for message in heard.messages]

    async def test_where_nobody_tells_what_a_channel_is_its_other_copy_is_waited_for(self, slack, heard, adapter):
        slack.subscriptions.discard("message.mpim")
        slack.refuses["conversations.info"] = "missing_scope"
        people = [slack.person("ann"), slack.person("ben")]
        slack.says(people[0], QUESTION, slack.mpim(people), mention=True)

        assert (await heard.one()).is_partial

    async def test_each_channel_is_asked_about_once(self, slack, heard, adapter):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        for number in (1, 2, 3):
            slack.command(ann, "/coze", f"question {number}", desk)
            await heard.one(number)

        assert 1 == len(slack.called("conversations.info"))

    async def test_people_groups_and_channels_get_their_names_when_the_turn_begins(self, slack, heard, adapter):
        ann, ben = slack.person("ann"), slack.person("Ben")
        group, tea = slack.user_group("desk"), slack.channel("tea", members=[ann])
        slack.says(ann, f"ask <@{ben.id}> or <!subteam^{group}> in <#{tea}|>, not <@U0GONE>")
        message = await adapter.complete(await heard.one(), about_author=True)

        assert "ask @Ben or @desk in #tea, not @U0GONE" == message.text
        assert "ann" == message.author.name

    @pytest.mark.parametrize(
        "code",
        ["user_not_found", "user_not_visible", "users_not_found", "internal_error", "ratelimited", "of_the_future"],
    )
    @pytest.mark.parametrize("who", ["somebody named", "who asks"])
    async def test_somebody_slack_does_not_know_hides_nobody_else(self, slack, heard, adapter, code, who):
        ann, ben = slack.person("ann"), slack.person("Ben")
        unknown = "U0GONE" if who == "somebody named" else ann.id
        slack.faults.add("users.info", times=9, when=lambda params: params["user"] == unknown, **refused(code))
        slack.says(ann, f"ask <@{unknown}>")
        await adapter.complete(await heard.one(), about_author=who == "who asks")
        slack.says(ben, "hello")
        second = await adapter.complete(await heard.one(2), about_author=True)

        assert "Ben" == second.author.name

    @pytest.mark.parametrize(
        ("said", "name"),
        [
            ({}, ""),
            ({"user": {"id": "U1"}}, ""),
            ({"user": {"name": "ann", "profile": {}}}, "ann"),
            ({"user": {"name": "ann", "profile": {"real_name": "Ann Lee"}}}, "Ann Lee"),
        ],
        ids=str,
    )
    async def test_of_somebody_slack_tells_no_more_than_it_does(self, slack, heard, adapter, said, name):
        slack.faults.add("users.info", status=200, body={"ok": True} | said)
        slack.says(slack.person("ann"), "hello")
        message = await adapter.complete(await heard.one(), about_author=True)

        assert name == message.author.name

    async def test_a_missing_scope_is_not_tried_for_everybody(self, slack, heard, adapter):
        slack.scopes = slack.scopes - {"users:read"}
        for number, name in enumerate(("ann", "Ben", "Cy"), 1):
            slack.says(slack.person(name), "hello")
            await adapter.complete(await heard.one(number), about_author=True)

        assert 1 == len(slack.called("users.info"))

    async def test_a_bare_mention_in_a_thread_asks_the_message_that_opened_it(self, slack, heard, adapter):
        ann, ben = slack.person("ann"), slack.person("Ben")
        desk = slack.channel("help", members=[ann])
        plan = slack.file(ben, "plan.txt", b"the plan")
        opened = slack.says(ben, "how tall is it?", desk, files=[plan])
        slack.says(ann, "", desk, opened, mention=True)
        message = await adapter.complete(await heard.one(2), about_author=False)

        assert ("", None) == (message.text, message.command)
        assert ("how tall is it?", "Ben", ["plan.txt"]) == (
            message.quote.text,
            message.quote.author,
            [file.name for file in message.quote.attachments],
        )

    async def test_where_that_cannot_be_read_it_asks_for_help(self, slack, heard, adapter):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.refuses["conversations.replies"] = "missing_scope"
        slack.says(ann, "", desk, slack.says(ann, "how tall is it?", desk), mention=True)
        message = await adapter.complete(await heard.one(2), about_author=False)

        assert CommandName.HELP is message.command

    async def test_the_next_message_knows_its_authors_language(self, slack, heard, adapter):
        ann = slack.person("ann", "zh-CN")
        slack.says(ann, "hello")
        await heard.one()
        await slack.until(lambda: slack.called("users.info"))
        await adapter.complete(heard.messages[0], about_author=True)
        slack.says(ann, "hello again")

        assert "zh-CN" == (await heard.one(2)).author.language

    async def test_nobody_answers_the_bot_itself(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            await sink.finish(part("An answer."))
        slack.says(slack.person("ann"), "thanks", desk, ts)
        await slack.until(slack.courier.settled)

        assert [QUESTION, "thanks"] == [m.text for m in heard.messages]

    @pytest.mark.parametrize("how", ["drop", "refresh"])
    async def test_it_hears_again_when_the_socket_was_lost(self, slack, heard, adapter, how):
        lost = slack.sockets.open[0]
        if how == "drop":
            slack.sockets.drop()
        else:
            await slack.sockets.refresh(closes_after=0)
        await slack.until(lambda: slack.sockets.open and lost not in slack.sockets.open)
        slack.says(slack.person("ann"), "hello")

        assert "hello" == (await heard.one()).text

    async def test_a_socket_that_is_open_but_deaf_is_replaced(self, slack, heard, adapter, monkeypatch):
        """Such sockets have been silent for hours in the field."""
        deaf = slack.sockets.open[0]
        monkeypatch.setattr(SocketModeClient, "is_connected", _never)
        await slack.until(lambda: slack.sockets.open and deaf not in slack.sockets.open)
        monkeypatch.undo()
        slack.says(slack.person("ann"), "hello")

        assert "hello" == (await heard.one()).text

    async def test_what_arrived_before_the_end_is_accepted_and_acknowledged(self, slack):
        arrived, go = asyncio.Event(), asyncio.Event()

        async def accept(_message):
            arrived.set()
            await go.wait()

        async with SlackAdapter.from_options("acme", options(slack)) as adapter:
            task = asyncio.create_task(adapter.run(accept))
            await slack.until(lambda: slack.sockets.open)
            slack.says(slack.person("ann"), "hello")
            await arrived.wait()
            task.cancel()
            go.set()
            await asyncio.gather(task, return_exceptions=True)
        await slack.until(slack.courier.settled)

        assert [1] == [len(delivery.sent_at) for delivery in slack.deliveries]

    @pytest.mark.parametrize("scope", ["app_mentions:read", "files:write", "mpim:read", "users:read"])
    async def test_each_missing_scope_is_named_with_what_will_not_work(self, slack, heard, scope):
        slack.scopes = slack.scopes - {scope}
        with capture_logs() as lines:
            async with SlackAdapter.from_options("acme", options(slack)):
                pass
        told = [(line["scope"], line["without"]) for line in lines if line["event"] == "adapter.scope_missing"]

        assert [(need.name, need.without) for need in SCOPES if need.name == scope] == told

    async def test_nothing_is_named_where_nothing_is_missing(self, slack, heard):
        with capture_logs() as lines:
            async with SlackAdapter.from_options("acme", options(slack)):
                pass

        assert [] == [line for line in lines if line["event"] == "adapter.scope_missing"]

    async def test_a_wrong_app_token_is_told_at_once(self, slack, heard):
        """The client library would try it for ever."""
        with pytest.raises(Unauthorised):
            async with listening(slack, heard, app_token="xapp-wrong"):
                pass

    async def test_a_wrong_bot_token_is_told_at_once(self, slack, heard):
        with pytest.raises(Unauthorised):
            async with listening(slack, heard, bot_token="xoxb-wrong"):
                pass


class TestBeingAtWork:
    """The line under a message that says so."""

    @pytest.mark.parametrize("stream", ["auto", "edit", "off"])
    async def test_goes_when_the_answer_stands_wherever_that_is(self, slack, heard, stream):
        """Slack takes it away itself only where the answer is in the same thread."""
        async with listening(slack, heard, stream=stream) as adapter:
            ann = slack.person("ann")
            ts = slack.says(ann, QUESTION)
            async with adapter.reply(await heard.one()) as sink:
                await slack.until(lambda: slack.status(slack.dm(ann), ts))
                await sink.finish(part("A way across."))
            await slack.until(lambda: not slack.status(slack.dm(ann), ts))

        assert ["A way across."] == slack.bot_texts(slack.dm(ann))

    @pytest.mark.parametrize("stream", ["auto", "edit", "off"])
    @pytest.mark.parametrize("how", ["grown", "in parts", "a sentence of ours", "a picture", "nothing"])
    async def test_goes_however_the_turn_ends(self, slack, heard, stream, how):
        async with listening(slack, heard, stream=stream) as adapter:
            ann = slack.person("ann")
            ts = slack.says(ann, QUESTION)
            async with adapter.reply(await heard.one()) as sink:
                await slack.until(lambda: slack.status(slack.dm(ann), ts))
                await ended(sink, how)
            await slack.until(lambda: not slack.status(slack.dm(ann), ts))

        assert (how == "nothing") == (not slack.bot_texts(slack.dm(ann)))


async def ended(sink, how):
    """End a turn that way."""
    match how:
        case "grown":
            await sink.finish(part("A way across.", await sink.preview(part("A way"))))
        case "in parts":
            await sink.finish(part("A way across."))
            await sink.finish(part("Over water.", key="turn-1/1", index=1))
        case "a sentence of ours":
            await sink.notify("I cannot answer this.")
        case "a picture":
            await sink.attach(MediaBytes(name="bridge.png", mime="image/png", data=b"png"))


class TestClosedDoors:
    """Nobody without a signature makes the bridge do anything, wherever its events come from."""

    @pytest.mark.parametrize("headers", [{}, {"x-slack-request-timestamp": "1"}])
    async def test_an_adapter_that_hears_by_socket_is_not_called(self, slack, heard, adapter, headers):
        said = {
            "type": "app_mention",
            "channel": "C1",
            "user": "U1",
            "text": f"<@{slack.bot_user}> hi",
            "ts": "1.000100",
        }
        body = {"type": "event_callback", "event_id": "Ev1", "team_id": slack.team, "event": said}
        answer = await adapter.handle_webhook(called(headers, json.dumps(body)), heard.accept)

        assert not adapter.receives_by_http
        assert 404 == answer.status
        assert [] == heard.messages

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "{canary}/r",
            "http://hooks.slack.com/r",
            "https://hooks.slack.com.evil.example/r",
            "https://evilslack.com/r",
            "https://hooks.slack.com@127.0.0.1/r",
            "file:///etc/passwd",
            "//hooks.slack.com/r",
            "nonsense",
            "",
        ],
    )
    async def test_an_answer_goes_to_slacks_own_addresses_alone(self, slack, heard, adapter, canary, elsewhere):
        """Also one that was stored before anybody looked: the row says where, and we say no."""
        slack.command(slack.person("ann"), "/coze", "hello")
        message = await heard.one()
        address = elsewhere.format(canary=canary.url)
        planted = replace(message, reply_context=message.reply_context | {"response_url": address})
        async with adapter.reply(planted) as sink:
            with suppress(ChatGone):  # beside it the sentence is posted in the channel, where the bot may be no member
                await sink.notify("a word")
        await adapter._tell_presser(planted, MessageId.RATED, address)

        assert [] == canary.calls

    async def test_an_answer_to_a_command_still_comes(self, slack, heard, adapter):
        slack.command(slack.person("ann"), "/coze", "hello")
        async with adapter.reply(await heard.one()) as sink:
            await sink.notify("a word")

        assert slack.called("response_url")


class TestHearingByHttp:
    @pytest.fixture
    async def adapter(self, slack, heard):
        """The adapter, listening by HTTP."""
        async with listening(slack, heard, app_token=None, signing_secret=slack.signing_secret) as adapter:
            yield adapter

    def signed(self, slack, body, *, at=None, secret=None, kind="application/json"):
        stamp = str(int(at or time.time()))
        digest = hmac.new((secret or slack.signing_secret).encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
        headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest.hexdigest()}"}
        return called(headers | {"content-type": kind}, body)

    async def test_a_slash_command_comes_as_a_form(self, slack, heard, adapter):
        typed = {"command": "/coze", "text": "new", "team_id": slack.team, "channel_id": "C1", "user_id": "U1"}
        form = urlencode(typed | {"trigger_id": "1.2.3"})
        request = self.signed(slack, form, kind="application/x-www-form-urlencoded; charset=utf-8")
        answer = await adapter.handle_webhook(request, heard.accept)

        assert (200, "") == (answer.status, answer.body)
        assert [CommandName.NEW] == [message.command for message in heard.messages]

    def event(self, slack):
        said = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": "hi", "ts": "1.000100"}
        return json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": slack.team, "event": said})

    async def test_a_signed_event_is_accepted_before_it_is_answered(self, slack, heard, adapter):
        answer = await adapter.handle_webhook(self.signed(slack, self.event(slack)), heard.accept)

        assert 200 == answer.status
        assert ["hi"] == [m.text for m in heard.messages]

    @pytest.mark.parametrize("kind", ["event", "command", "press"])
    async def test_who_sends_again_what_slack_has_signed_is_heard_once(self, slack, heard, adapter, kind):
        """Within five minutes a signature is good; what it was over is known by then."""
        place = {"container": {"message_ts": "1.000100", "channel_id": "D1"}, "channel": {"id": "D1"}}
        action = {"action_id": "ask:0", "value": "And now?", "action_ts": "2.000100"}
        who = {"team": {"id": slack.team}, "user": {"id": "U1", "team_id": slack.team}}
        press = {"type": "block_actions", "actions": [action], **place, **who}
        typed = {"command": "/coze", "text": "help", "team_id": slack.team, "channel_id": "C1", "user_id": "U1"}
        body = {
            "event": self.event(slack),
            "command": urlencode(typed | {"trigger_id": "1.2.3"}),
            "press": urlencode({"payload": json.dumps(press)}),
        }[kind]
        form = "application/json" if kind == "event" else "application/x-www-form-urlencoded"
        answers = [
            await adapter.handle_webhook(self.signed(slack, body, kind=form, at=time.time() - age), heard.accept)
            for age in (0, 0, 60)
        ]

        assert [200] * 3 == [answer.status for answer in answers]
        assert 1 == len(heard.messages)

    @pytest.mark.parametrize("wrong", [{"secret": "0" * 32}, {"at": 1_000_000_000}, {"at": 4_000_000_000}])
    async def test_a_forged_or_old_event_is_refused(self, slack, heard, adapter, wrong):
        answer = await adapter.handle_webhook(self.signed(slack, self.event(slack), **wrong), heard.accept)

        assert 401 == answer.status
        assert [] == heard.messages

    @pytest.mark.parametrize("headers", [{}, {"x-slack-request-timestamp": "soon"}])
    async def test_an_unsigned_event_is_refused(self, slack, heard, adapter, headers):
        answer = await adapter.handle_webhook(called(headers, self.event(slack)), heard.accept)

        assert 401 == answer.status

    @pytest.mark.parametrize(
        "body",
        [
            "{",
            "[1]",
            '"x"',
            '{"type": "event_callback", "event": 7}',
            '{"type": "event_callback", "event": {"type": "message", "user": "U1", "channel": [], "ts": "soon"}}',
            '{"type": "event_callback", "event": {"type": "message"}, "authorizations": 7}',
        ],
    )
    async def test_what_is_no_event_is_acknowledged_and_put_aside(self, slack, adapter, body):
        kept = []

        async def accept(message):
            kept.append(message)

        answer = await adapter.handle_webhook(self.signed(slack, body), accept)

        assert 200 == answer.status
        assert [body] == [one.raw for one in kept]

    async def test_a_challenge_is_echoed(self, slack, heard, adapter):
        body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
        answer = await adapter.handle_webhook(self.signed(slack, body), heard.accept)

        assert (200, {"challenge": "abc"}) == (answer.status, json.loads(answer.body))

    async def test_an_event_that_cannot_be_written_down_is_not_acknowledged(self, slack, heard, adapter):
        heard.refuse = 1
        with pytest.raises(Later):
            await adapter.handle_webhook(self.signed(slack, self.event(slack)), heard.accept)

    async def test_an_event_that_is_not_written_down_in_time_is_not_acknowledged(self, slack, adapter, monkeypatch):
        monkeypatch.setattr("adapters.slack.events.ACCEPT_WITHIN", 0.01)

        async def accept(_message):
            await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            await adapter.handle_webhook(self.signed(slack, self.event(slack)), accept)


class TestAnswering:
    async def test_an_answer_grows_natively_and_ends_as_exactly_the_text(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        slack.swallow_whitespace = True
        whole = "A bridge\n\nis a *way* over 水. <3"
        async with adapter.reply(message) as sink:
            ref = None
            for end in range(1, len(whole) + 1):
                ref = await sink.preview(part(whole[:end], ref))
            assert whole.startswith(slack.messages(desk, ts)[-1].text)
            await sink.finish(part(whole, ref))

        assert [whole] == [m.text for m in slack.messages(desk, ts) if m.bot]
        assert not slack.messages(desk, ts)[-1].streaming
        assert not slack.called("chat.update")

    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("Look: ![a red dot](https://a.b/c.png)", "Look: [a red dot](https://a.b/c.png)"),
            ("![图片](https://a.b/c.png?x=1) 好", "[图片](https://a.b/c.png?x=1) 好"),
            ('![x](https://a.b/c.png "A title") and more', "[x](https://a.b/c.png) and more"),
            ("[![build](https://a.b/c.svg)](https://d.e)", "[build](https://d.e)"),
            ("![dot](data:image/png;base64,iVBORw0) it is", "dot it is"),
        ],
    )
    async def test_a_picture_is_shown_as_a_link_with_its_words(self, slack, heard, adapter, said, shown):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            await sink.finish(part(said, await sink.preview(part(said[: len(said) // 2]))))
            await sink.finish(part(said, key="turn-1/1", index=1))

        assert [shown, shown] == slack.bot_texts(desk, ts)

    async def test_a_finished_part_finished_again_changes_nothing(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bri"))
            ref = await sink.finish(part("A bridge.", ref))
            before = len(slack.calls)
            again = await sink.finish(part("A bridge.", ref))

        assert ref == again
        assert before == len(slack.calls)
        assert ["A bridge."] == slack.bot_texts(desk, ts)

    @pytest.mark.parametrize("unfurl", [None, True, False])
    async def test_links_are_previewed_only_where_that_is_wanted(self, slack, heard, unfurl):
        async with listening(slack, heard, **({} if unfurl is None else {"unfurl": unfurl})) as adapter:
            message, _, _ = await asked(slack, heard)
            async with adapter.reply(message) as sink:
                await sink.finish(part("See https://example.com."))
                await sink.notify("See https://example.com.")
        posts = [call.params for call in slack.called("chat.postMessage")]

        assert [(bool(unfurl), bool(unfurl))] * 2 == [(post["unfurl_links"], post["unfurl_media"]) for post in posts]

    async def test_while_streams_are_short_an_answer_that_may_end_soon_waits_and_its_second_part_is_posted(
        self, slack, heard, adapter
    ):
        message, desk, ts = await asked(slack, heard)
        awaited = []
        for number in range(12):
            async with adapter.reply(message) as sink:
                awaited.append(sink.surface.ending_awaited)
                await sink.preview(part("A bridge is", key=f"turn-{number}/0"))
        async with adapter.reply(message) as sink:
            await sink.preview(part("and its second part", key="turn-1/1", index=1))

        assert [0.0] * 11 + [SHORT_SECONDS] == awaited
        assert 12 == len(slack.called("chat.startStream"))
        assert "and its second par" == slack.bot_texts(desk, ts)[-1]

    async def test_a_message_that_grows_by_edits_can_be_stopped_and_a_finished_one_cannot(self, slack, heard):
        stop = Buttons(turn=TurnButton(command=CommandName.STOP, turn_key="turn-1", label="Stop"))
        async with listening(slack, heard, stream="edit") as adapter:
            message, _, _ = await asked(slack, heard)
            async with adapter.reply(message) as sink:
                ref = await sink.preview(replace(part("A bridge is"), buttons=stop))
                growing = slack.message(ref)
                shown = [block["type"] for block in growing.blocks]
                slack.presses(slack.world.people[message.author.id], ref, "turn:stop")
                press = await heard.one(2)
                await sink.finish(part("A bridge is", ref))

        assert ["markdown", "actions"] == shown
        assert (CommandName.STOP, "turn-1") == (press.command, press.turn_key)
        assert [] == [block for block in slack.message(ref).blocks if block["type"] == "actions"]

    async def test_a_short_answer_is_one_post(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            await sink.finish(part("A bridge."))

        assert ["A bridge."] == slack.bot_texts(desk, ts)
        assert not slack.called("chat.startStream")

    async def test_a_direct_message_is_answered_where_the_person_reads(self, slack, heard, adapter):
        ann = slack.person("ann")
        ts = slack.says(ann, "hello")
        async with adapter.reply(await heard.one()) as sink:
            ref = await sink.preview(part("Hello"))
            await sink.finish(part("Hello, Ann.", ref))

        assert ["Hello, Ann."] == slack.bot_texts(slack.dm(ann), ts)

    async def test_nothing_a_bot_says_rings_a_phone(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        text = "<!channel> <@U01ANN> `<!here>` ok"
        async with adapter.reply(message) as sink:
            ref = None
            for end in range(1, len(text) + 1):
                ref = await sink.preview(part(text[:end], ref))
            await sink.finish(part(text, ref))
            await sink.finish(part(text, key="turn-1/1"))
            await sink.notify(text)

        assert 3 == len(slack.bot_texts(desk, ts))
        assert [] == slack.pings

    async def test_a_whole_part_of_the_longest_kind_fits(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            longest = "<@" * (MESSAGE_LONGEST // sink.surface.measure("<@"))
            ref = await sink.preview(part(longest[:100]))
            await sink.finish(part(longest, ref))
            await sink.finish(part("水" * MESSAGE_LONGEST, key="turn-1/1"))

        assert 2 == len(slack.bot_texts(desk, ts))

    async def test_a_stream_that_slack_ended_is_made_whole(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            slack.streams._expire(slack.message(ref))
            await sink.preview(part("A bridge is a way", ref))
            await sink.finish(part("A bridge is a way over.", ref))

        assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)

    @pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
    @pytest.mark.parametrize("final", ["A bridge is a way over.", "No."])
    async def test_a_stream_that_slack_takes_for_over_and_then_for_open_is_made_whole(
        self, slack, heard, adapter, method, final
    ):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add(method, **refused("message_not_in_streaming_state"))
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            await sink.preview(part("A bridge is a way", ref))
            await sink.finish(part(final, ref))

        assert [(final, False)] == [(one.shown, one.streaming) for one in slack.messages(desk, ts) if one.bot]

    async def test_an_old_stream_is_ended_before_slack_does_and_goes_on_by_edits(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        clock = adapter._workspaces.by_default().shared.now()
        adapter._workspaces.by_default().shared.now = lambda: clock
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            clock += 241
            await sink.preview(part("A bridge is a way", ref))
            assert ["A bridge is a wa"] == slack.bot_texts(desk, ts)
            await sink.preview(part("A bridge is a way over", ref))
            await sink.finish(part("A bridge is a way over.", ref))

        assert 1 == len(slack.called("chat.stopStream"))
        assert 2 == len(slack.called("chat.update"))
        assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)

    async def test_after_as_long_as_a_stream_lives_the_answer_goes_on_in_another(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        shared = adapter._workspaces.by_default().shared
        clock = shared.now()
        shared.now = lambda: clock
        async with adapter.reply(message) as sink:
            first = await sink.preview(part("A bridge is"))
            assert sink.surface.closed is None
            clock += 241
            assert first == sink.surface.closed
            await sink.finish(part("A bridge", first))
            second = await sink.preview(part("is a way ov", index=1))
            assert (True, None) == (slack.message(second).streaming, sink.surface.closed)
            await sink.finish(part("is a way over.", second, index=1))

        assert ["A bridge", "is a way over."] == slack.bot_texts(desk, ts)
        assert [] == [call.method for call in slack.calls if not call.ok]

    async def test_where_streams_are_short_an_old_one_is_replaced_by_edits(self, slack, heard, adapter):
        message, _, _ = await asked(slack, heard)
        shared = adapter._workspaces.by_default().shared
        clock = shared.now()
        shared.now = lambda: clock
        async with adapter.reply(message) as sink:
            await sink.preview(part("A bridge is"))
            clock += 241
            while not shared.is_short_of_streams:
                shared.pace.try_preview(clock, START)

            assert sink.surface.closed is None

    async def test_a_ten_minute_answer_stands_whole_in_its_thread(self, slack, heard, adapter):
        """Twice as long as a stream lives; what is left of it grows by edits, in the message that began it."""
        message, desk, ts = await asked(slack, heard)
        shared = adapter._workspaces.by_default().shared
        clock = shared.now()
        shared.now = lambda: clock
        lines = [f"- **minute {minute / 3:.1f}:** `step {minute}`" for minute in range(30)]
        whole = "\n".join(lines)
        async with adapter.reply(message) as sink:
            ref = None
            for count in range(1, len(lines) + 1):
                ref = await sink.preview(part("\n".join(lines[:count]), ref))
                clock += 20
                slack.streams.lifetime = 300 if count < 14 else 0  # as Slack ends them
            await sink.finish(part(whole, ref))

        assert [whole] == slack.bot_texts(desk, ts)
        assert 1 == len(slack.called("chat.startStream"))
        assert not slack.message(ref).streaming

    async def test_a_crowd_of_people_is_asked_about_within_the_limits(self, slack, heard, adapter):
        """Who cannot be asked about now keeps an id for a name, and is asked about with the next message."""
        slack.strict_limits = True
        people = [slack.person(f"p{number}") for number in range(130)]
        for number, person in enumerate(people):
            slack.says(person, "hello")
            await heard.one(number + 1)
            await slack.until(slack.courier.settled)

        assert [] == [call.method for call in slack.calls if not call.ok]

    async def test_an_answer_that_changed_its_mind_is_replaced(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("I think that"))
            await sink.finish(part("No.", ref))

        assert ["No."] == slack.bot_texts(desk, ts)

    async def test_another_process_completes_the_message(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
        async with adapter.reply(message) as sink:
            await sink.preview(part("A bridge is a way", ref))
            await sink.finish(part("A bridge is a way over.", ref))

        assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)

    async def test_where_streams_are_refused_the_answer_is_edited(self, slack, heard, adapter):
        slack.native_streaming = False
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            await sink.finish(part("A bridge is a way.", ref))
        async with adapter.reply(message) as sink:
            assert 3.0 == sink.surface.preview_interval
            await sink.preview(part("Another", key="turn-2/0"))

        assert 1 == len(slack.called("chat.startStream"))
        assert ["A bridge is a way.", "Anothe"] == slack.bot_texts(desk, ts)

    async def test_with_streaming_off_only_the_finished_text_is_shown(self, slack, heard):
        async with listening(slack, heard, stream="off") as adapter:
            message, desk, ts = await asked(slack, heard)
            async with adapter.reply(message) as sink:
                assert sink.surface.preview_interval is None
                assert await sink.preview(part("A bridge")) is None
                await sink.finish(part("A bridge."))

        assert ["A bridge."] == slack.bot_texts(desk, ts)

    async def test_where_only_streams_are_wanted_and_refused_the_finished_text_is_shown(self, slack, heard):
        slack.native_streaming = False
        async with listening(slack, heard, stream="native") as adapter:
            message, desk, ts = await asked(slack, heard)
            async with adapter.reply(message) as sink:
                assert await sink.preview(part("A bridge")) is None
                assert sink.surface.preview_interval is None
                await sink.finish(part("A bridge."))

        assert ["A bridge."] == slack.bot_texts(desk, ts)

    async def test_twenty_answers_in_one_thread_all_stand_and_slack_never_says_to_wait(self, slack, heard, adapter):
        """Manners: the limits are respected before they bite; whoever finds no stream left sees edits, or waits."""
        slack.strict_limits = True
        message, desk, ts = await asked(slack, heard)
        for number in range(20):
            async with adapter.reply(message) as sink:
                ref = await sink.preview(part("A bri", key=f"turn-{number}/0"))
                await sink.finish(part("A bridge.", ref, key=f"turn-{number}/0"))

        assert ["A bridge."] * 20 == slack.bot_texts(desk, ts)
        assert [] == [call.method for call in slack.calls if not call.ok]

    async def test_what_the_person_stopped_stays_as_it_is(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            slack.stops(slack.world.people[message.author.id], ts)
            with pytest.raises(StoppedByPerson):
                await sink.preview(part("A bridge is a way", ref))
            assert ref == await sink.finish(part("A bridge is a way over.", ref))

        assert ["A bridge i"] == slack.bot_texts(desk, ts)

    async def test_a_lost_append_is_healed_at_the_end(self, slack, heard, adapter):
        """Nobody can tell whether it arrived: appending again might say it twice."""
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("A bridge is"))
            slack.faults.add("chat.appendStream", cut=True, apply=True)
            await sink.preview(part("A bridge is a way", ref))
            await sink.finish(part("A bridge is a way over.", ref))

        assert ["A bridge is a way over."] == slack.bot_texts(desk, ts)

    async def test_a_final_waits_as_long_as_slack_says(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", status=429, headers={"Retry-After": "1"})
        async with adapter.reply(message) as sink:
            await sink.finish(part("A bridge."))

        assert ["A bridge."] == slack.bot_texts(desk, ts)

    async def test_the_status_goes_when_nothing_was_said(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message):
            await slack.until(lambda: slack.status(desk, ts))
        await slack.until(lambda: not slack.status(desk, ts))

        assert [] == slack.bot_texts(desk, ts)

    async def test_a_deleted_message_is_told(self, slack, heard, adapter):
        message, _desk, _ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.finish(part("A bridge."))
            slack.world.remove(slack.message(ref))
            with pytest.raises(MessageGone):
                await sink.finish(part("A way.", ref))

    async def test_a_closed_channel_is_told(self, slack, heard, adapter):
        message, desk, _ts = await asked(slack, heard)
        slack.archive(desk)
        async with adapter.reply(message) as sink:
            with pytest.raises(ChatGone):
                await sink.finish(part("A bridge."))

    async def test_a_command_is_answered_for_the_one_who_gave_it(self, slack, heard, adapter):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.command(ann, "/coze", "status", desk)
        async with adapter.reply(await heard.one()) as sink:
            await sink.notify("All is well.")

        assert [] == slack.bot_texts(desk)
        assert ["All is well."] == [answer.text for answer in slack.responses]


def refused(code):
    return {"status": 200, "body": {"ok": False, "error": code}}


def letters(text):
    """*text* without white space, which a split may take away."""
    return "".join(text.split())


MORE = Buttons(follow_ups=("And then?",))


SEARCHING = (Step(title="Search", is_over=False), Step(title="Sum up", is_over=False))
SEARCHED = (Step(title="Search", is_over=True), Step(title="Sum up", is_over=False))
ALL_OVER = tuple(Step(title=step.title, is_over=True) for step in SEARCHED)


def cards(slack, desk, ts):
    """What the task cards of the newest message in the thread say."""
    return [(card["title"], card["status"]) for card in slack.messages(desk, ts)[-1].tasks.values()]


class TestSteps:
    """Of a workflow, as task cards in the message that grows."""

    async def test_cards_tell_how_far_the_workflow_is(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
            await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHED))
            growing = cards(slack, desk, ts)
            appended = len(slack.called("chat.appendStream"))
            await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHED))
            assert appended == len(slack.called("chat.appendStream"))
            await sink.finish(part("Looking for bridges. A way.", ref, steps=ALL_OVER))

        assert [("Search", "complete"), ("Sum up", "in_progress")] == growing
        assert [("Search", "complete"), ("Sum up", "complete")] == cards(slack, desk, ts)
        assert ["Looking for bridges. A way."] == slack.bot_texts(desk, ts)
        assert all("markdown_text" not in call.params for call in slack.called("chat.appendStream")[1:2])

    @pytest.mark.parametrize(("last", "status"), [(True, "error"), (False, "complete")])
    async def test_no_card_spins_for_ever(self, slack, heard, adapter, last, status):
        """What broke off is marked so; what goes on in another message goes on there."""
        message, desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
            await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHED))
            await sink.finish(replace(part("Looking for bridges. A way.", ref, steps=SEARCHED), last=last))

        assert [("Search", "complete"), ("Sum up", status)] == cards(slack, desk, ts)

    @pytest.mark.parametrize("code", ["invalid_chunks", "invalid_arguments", "unknown_method", "internal_error"])
    async def test_where_slack_takes_no_cards_the_text_grows_without_them(self, slack, heard, adapter, code):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.appendStream", times=9, when=lambda params: "chunks" in params, **refused(code))
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
            await sink.preview(part("Looking for bridges. A", ref, steps=SEARCHING))
            await sink.preview(part("Looking for bridges. A way", ref, steps=SEARCHED))
            await sink.finish(part("Looking for bridges. A way.", ref, steps=ALL_OVER))

        assert [] == cards(slack, desk, ts)
        assert ["Looking for bridges. A way."] == slack.bot_texts(desk, ts)
        assert 1 == len([call for call in slack.called("chat.appendStream") if "chunks" in call.params])

    async def test_who_stops_it_at_a_card_has_stopped_it(self, slack, heard, adapter):
        message, _desk, ts = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
            slack.stops(slack.world.people[message.author.id], ts)
            with pytest.raises(StoppedByPerson):
                await sink.preview(part("Looking for bridges.", ref, steps=SEARCHED))
            assert ref == await sink.finish(part("Looking for bridges. A way.", ref))

    async def test_what_does_not_grow_has_none(self, slack, heard):
        async with listening(slack, heard, stream="edit") as adapter:
            message, desk, ts = await asked(slack, heard)
            async with adapter.reply(message) as sink:
                ref = await sink.preview(part("Looking for bridges.", steps=SEARCHING))
                await sink.finish(part("Looking for bridges. A way.", ref, steps=ALL_OVER))

        assert ["Looking for bridges. A way."] == slack.bot_texts(desk, ts)
        assert [] == slack.called("chat.appendStream")


class TestForms:
    """No refusal of a form costs the content."""

    @pytest.mark.parametrize(
        "code", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long", "invalid_arguments", "something_new"]
    )
    async def test_what_is_refused_is_done_without(self, slack, heard, adapter, code):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", **refused(code))
        async with adapter.reply(message) as sink:
            await sink.finish(replace(part("A **bridge** over 水."), buttons=MORE))

        assert ["A **bridge** over 水."] == slack.bot_texts(desk, ts)

    async def test_refused_blocks_leave_the_formatting_alone(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", **refused("invalid_blocks"))
        async with adapter.reply(message) as sink:
            await sink.finish(replace(part("A **bridge**."), buttons=MORE))

        (shown,) = [one for one in slack.messages(desk, ts) if one.bot]
        assert (True, []) == (shown.markdown, shown.blocks)

    @pytest.mark.parametrize("said", ["A **bridge**.", "a < b & c", "水" * 2900])
    async def test_refused_formatting_leaves_the_buttons_alone(self, slack, heard, adapter, said):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", **refused("something_new"))
        async with adapter.reply(message) as sink:
            await sink.finish(replace(part(said), buttons=MORE))

        (shown,) = [one for one in slack.messages(desk, ts) if one.bot]
        assert said == html.unescape(shown.shown)
        assert ["section", "actions"] == [block["type"] for block in shown.blocks]

    async def test_words_alone_that_leave_no_room_for_buttons_go_without(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", **refused("something_new"))
        async with adapter.reply(message) as sink:
            await sink.finish(replace(part("bridge " * 900), buttons=MORE))

        (shown,) = [one for one in slack.messages(desk, ts) if one.bot]
        assert ("bridge " * 900, []) == (shown.text, shown.blocks)

    async def test_words_alone_mention_nobody_either(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", **refused("something_new"))
        async with adapter.reply(message) as sink:
            await sink.finish(part("<!channel> <@U01ANN> a < b && c > d"))

        assert ["&lt;!channel&gt; &lt;@U01ANN&gt; a &lt; b &amp;&amp; c &gt; d"] == slack.bot_texts(desk, ts)
        assert [] == slack.pings

    @pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.appendStream", "chat.stopStream"])
    @pytest.mark.parametrize("said", ["bridge " * 1500, "水" * 9000, "a way\n\n" * 1200])
    async def test_a_text_that_is_too_long_loses_nothing(self, slack, heard, adapter, method, said):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add(method, **refused("msg_too_long"))
        async with adapter.reply(message) as sink:
            ref = None
            if method != "chat.postMessage":
                ref = await sink.preview(part(said[:100]))
                await sink.preview(part(said[:200] if method != "chat.update" else "Hm. " + said[:200], ref))
            await sink.finish(part(said, ref))

        assert letters(said) == letters("".join(slack.bot_texts(desk, ts)))
        assert not [one for one in slack.messages(desk, ts) if one.streaming]

    async def test_an_edit_that_is_too_long_goes_on_in_another_message(self, slack, heard):
        async with listening(slack, heard, stream="edit") as adapter:
            message, desk, ts = await asked(slack, heard)
            async with adapter.reply(message) as sink:
                ref = await sink.preview(part("bridge " * 10))
                slack.faults.add("chat.update", **refused("msg_too_long"))

                assert ref == await sink.finish(replace(part("bridge " * 1500, ref), buttons=MORE))

        first, second = [one for one in slack.messages(desk, ts) if one.bot]
        assert letters("bridge " * 1500) == letters(first.text + slack_text(second))
        assert (False, True) == (bool(first.blocks), bool(second.blocks))

    @pytest.mark.parametrize("code", ["msg_too_long", "invalid_blocks", "something_new", "no_text"])
    async def test_what_no_message_may_say_comes_as_a_file(self, slack, heard, adapter, code):
        message, _desk, _ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", times=99, **refused(code))
        async with adapter.reply(message) as sink:
            await sink.finish(part("A **bridge**. " * 50))

        assert 1 == len(slack.called("files.completeUploadExternal"))
        assert len(slack.called("chat.postMessage")) <= 6

    @pytest.mark.parametrize(
        "code",
        [
            "cannot_reply_to_message",
            "restricted_action_non_threadable_channel",
            "thread_not_found",
            "invalid_thread_ts",
        ],
    )
    @pytest.mark.parametrize("stream", ["auto", "edit", "off"])
    async def test_where_nobody_can_reply_the_answer_stands_beside_it(self, slack, heard, code, stream):
        async with listening(slack, heard, stream=stream) as adapter:
            message, desk, ts = await asked(slack, heard)
            slack.faults.add("chat.startStream", times=9, **refused(code))
            slack.faults.add("chat.postMessage", **refused(code))
            async with adapter.reply(message) as sink:
                ref = await sink.preview(part("A bridge is"))
                await sink.finish(part("A bridge is a way.", ref))
                await sink.finish(part("Over water.", key="turn-1/1", index=1))
                await sink.notify("And out.")

        assert [] == slack.bot_texts(desk, ts)
        assert ["A bridge is a way.", "Over water.", "And out."] == slack.bot_texts(desk)
        assert 1 == len([call for call in slack.called("chat.postMessage") if not call.ok])

    @pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived", "restricted_action"])
    @pytest.mark.parametrize("stream", ["auto", "off"])
    async def test_a_question_by_command_is_answered_privately_where_the_bot_may_not_speak(
        self, slack, heard, code, stream
    ):
        async with listening(slack, heard, stream=stream) as adapter:
            ann = slack.person("ann")
            desk = slack.channel("help", members=[ann])
            slack.command(ann, "/coze", QUESTION, desk)
            slack.faults.add("chat.postMessage", times=9, **refused(code))
            slack.faults.add("conversations.history", times=9, **refused(code))
            async with adapter.reply(await heard.one()) as sink:
                assert await sink.preview(part("A bri")) is None
                assert await sink.find(part("A bridge is a way.")) is None
                await sink.finish(part("A **bridge** is a way."))
                await sink.finish(part("Over water.", key="turn-1/1", index=1))

        assert ["A **bridge** is a way.", "Over water."] == [answer.text for answer in slack.responses]
        assert [] == slack.bot_texts(desk)
        assert 1 == len(slack.called("chat.postMessage"))

    @pytest.mark.parametrize("said", ["expired_url", "used_url"])
    async def test_where_that_address_takes_nothing_any_more_who_asked_is_answered_in_their_direct_message(
        self, slack, heard, adapter, said
    ):
        ann = slack.person("ann")
        slack.command(ann, "/coze", QUESTION, slack.channel("help", members=[ann], bot=False))
        slack.faults.add("response_url", times=9, status=404, body={"ok": False, "error": said})
        async with adapter.reply(await heard.one()) as sink:
            assert await sink.preview(part("A bri")) is None
            await sink.finish(part("A **bridge** is a way."))
            await sink.notify("And out.")
            await sink.attach(MediaBytes(name="bridge.png", mime="image/png", data=b"png"))
        alone = slack.bot_texts(slack.dm(ann))

        assert [ALONE, "A **bridge** is a way.", "And out.", ""] == alone
        assert 1 == len(slack.called("response_url"))

    async def test_an_answer_of_more_messages_than_the_address_takes_goes_on_in_the_direct_message(
        self, slack, heard, adapter
    ):
        ann = slack.person("ann")
        slack.command(ann, "/coze", QUESTION, slack.channel("help", members=[ann], bot=False))
        async with adapter.reply(await heard.one()) as sink:
            for index in range(7):
                await sink.finish(part(f"Part {index}.", key=f"turn-1/{index}", index=index))

        assert [f"Part {index}." for index in range(5)] == [whispered.text for whispered in slack.ephemerals]
        assert [ALONE, "Part 5.", "Part 6."] == slack.bot_texts(slack.dm(ann))

    @pytest.mark.parametrize("code", ["restricted_action", "restricted_action_read_only_channel"])
    async def test_a_mention_where_only_some_may_post_is_answered_in_the_direct_message(
        self, slack, heard, adapter, code
    ):
        message, desk, _ts = await asked(slack, heard)
        slack.faults.add("chat.startStream", times=9, **refused(code))
        slack.faults.add("chat.postMessage", **refused(code))
        async with adapter.reply(message) as sink:
            await sink.preview(part("A bri"))
            await sink.finish(part("A **bridge** is a way."))

        assert [] == slack.bot_texts(desk)
        assert [ALONE, "A **bridge** is a way."] == slack.bot_texts(slack.dm(slack.world.people[message.author.id]))

    async def test_who_moved_there_and_died_is_gone_on_after_and_nothing_is_said_twice(self, slack, heard, adapter):
        message, ann = await asked_in_vain(slack, heard)
        async with adapter.reply(message) as sink:
            first = await sink.finish(part("A bridge."))
            slack.faults.add("chat.postMessage", cut=True, apply=True)
            with pytest.raises(Uncertain):
                await sink.finish(part("Over water.", key="turn-1/1", index=1))
        async with adapter.reply(message) as sink:
            await sink.finish(part("Over water.", key="turn-1/1", index=1))
            await sink.finish(part("A bridge, of stone.", first))
            taken = await sink.finish(part("And back.", key="turn-1/2", index=2))
        async with adapter.reply(message) as sink:
            await sink.withdraw(taken)

        assert [ALONE, "A bridge, of stone.", "Over water."] == slack.bot_texts(slack.dm(ann))

    async def test_the_next_question_from_there_is_another_one(self, slack, heard, adapter):
        message, ann = await asked_in_vain(slack, heard)
        another, _ = await asked_in_vain(slack, heard, ann, number=2)
        for each, said in ((message, "A bridge."), (another, "A ferry.")):
            async with adapter.reply(each) as sink:
                await sink.finish(part(said, key=f"{said}/0"))

        assert [ALONE, "A bridge.", ALONE, "A ferry."] == slack.bot_texts(slack.dm(ann))

    @pytest.mark.parametrize("method", ["conversations.open", "conversations.history"])
    async def test_where_nobody_may_look_there_the_answer_comes_all_the_same(self, slack, heard, adapter, method):
        message, ann = await asked_in_vain(slack, heard)
        slack.refuses[method] = "missing_scope"
        async with adapter.reply(message) as sink:
            await sink.finish(part("A bridge."))

        assert [ALONE, "A bridge."] == slack.bot_texts(slack.dm(ann))

    @pytest.mark.parametrize(("method", "status"), [("response_url", 404), ("response_url", 400)])
    async def test_what_only_who_gave_a_command_shall_read_is_never_said_openly(
        self, slack, heard, adapter, method, status
    ):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.command(ann, "/coze", "status", desk)
        slack.faults.add(method, times=9, status=status, body={"ok": False, "error": "expired_url"})
        async with adapter.reply(await heard.one()) as sink:
            await sink.notify("You have **3** questions left.", Buttons(follow_ups=("And then?",)))
            await sink.notify("Of 20.")

        assert [(ann.id, desk, "You have **3** questions left."), (ann.id, desk, "Of 20.")] == [
            (whispered.user, whispered.channel, slack_text(whispered)) for whispered in slack.ephemerals
        ]
        assert [] == slack.bot_texts(desk)

    @pytest.mark.parametrize("code", ["not_in_channel", "user_not_in_channel", "channel_not_found", "missing_scope"])
    async def test_where_nobody_can_be_told_alone_it_is_said_in_the_direct_message(self, slack, heard, adapter, code):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.command(ann, "/coze", "status", desk)
        slack.faults.add("response_url", times=9, status=404, body={"ok": False, "error": "used_url"})
        slack.refuses["chat.postEphemeral"] = code
        async with adapter.reply(await heard.one()) as sink:
            await sink.notify("You have 3 questions left.")
            await sink.notify("Of 20.")

        assert ([], [ALONE, "You have 3 questions left.", "Of 20."]) == (
            slack.bot_texts(desk),
            slack.bot_texts(slack.dm(ann)),
        )

    @pytest.mark.parametrize("code", ["not_in_channel", "is_archived", "channel_not_found"])
    async def test_where_nobody_is_answered_any_more_nobody_is_followed(self, slack, heard, adapter, code):
        message, _desk, _ts = await asked(slack, heard)
        slack.faults.add("chat.startStream", times=9, **refused(code))
        slack.faults.add("chat.postMessage", times=9, **refused(code))
        async with adapter.reply(message) as sink:
            with pytest.raises(ChatGone):
                await sink.finish(part("A bridge is a way."))

        assert [] == slack.bot_texts(slack.dm(slack.world.people[message.author.id]))

    async def test_a_private_answer_whose_form_is_refused_is_plain(self, slack, heard, adapter):
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        slack.command(ann, "/coze", QUESTION, desk)
        slack.faults.add("chat.postMessage", **refused("not_in_channel"))
        slack.faults.add("response_url", status=400, body={"ok": False, "error": "invalid_blocks"})
        async with adapter.reply(await heard.one()) as sink:
            await sink.finish(part("A **bridge**."))

        assert ["A **bridge**."] == [answer.text for answer in slack.responses]

    @pytest.mark.parametrize("stream", ["edit", "off", "auto"])
    async def test_the_status_goes_though_the_answer_stands_beside_the_thread(self, slack, heard, stream):
        async with listening(slack, heard, stream=stream) as adapter:
            ann = slack.person("ann")
            ts = slack.says(ann, "hello")
            async with adapter.reply(await heard.one()) as sink:
                await slack.until(lambda: slack.status(slack.dm(ann), ts))
                await sink.finish(part("Hello, Ann."))
            await slack.until(lambda: not slack.status(slack.dm(ann), ts))


def slack_text(message):
    """All that *message* shows, also among its blocks."""
    return "".join(block["text"] for block in message.blocks if block["type"] == "markdown") or message.text


class TestAfterALostAnswer:
    @pytest.mark.parametrize("stream", ["auto", "off"])
    async def test_a_post_whose_answer_was_lost_is_found(self, slack, heard, stream):
        async with listening(slack, heard, stream=stream) as adapter:
            message, desk, ts = await asked(slack, heard)
            slack.faults.add("chat.postMessage", cut=True, apply=True)
            async with adapter.reply(message) as sink:
                with pytest.raises(Uncertain):
                    await sink.finish(part("A bridge."))
            async with adapter.reply(message) as sink:
                found = await sink.find(part("A bridge."))
                assert await sink.find(part("A bridge.", key="turn-9/0")) is None
                await sink.finish(part("A bridge.", found))

        assert ["A bridge."] == slack.bot_texts(desk, ts)

    async def test_a_stream_whose_beginning_was_lost_is_found(self, slack, heard, adapter):
        """A crash between the start of a stream and its ts on disk leaves a message without our mark."""
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.startStream", cut=True, apply=True)
        async with adapter.reply(message) as sink:
            with pytest.raises(Uncertain):
                await sink.preview(part("A bridge is"))
            found = await sink.find(part("A bridge is"))
            await sink.finish(part("A bridge is a way.", found))

        assert ["A bridge is a way."] == slack.bot_texts(desk, ts)

    async def test_what_is_to_be_taken_away_is_found_by_its_mark_alone(self, slack, heard, adapter):
        """A file or the growing answer to somebody else bears none."""
        message, _, _ = await asked(slack, heard)
        async with adapter.reply(message) as sink:
            await sink.preview(part("The answer to somebody else", key="turn-2/0"))
            await sink.attach(MediaBytes(name="chart.png", mime="image/png", data=b"png"))
            posted = await sink.finish(part("and more", key="turn-1/1", index=1))

            assert posted == await sink.find(part("", key="turn-1/1", index=1))
            assert await sink.find(part("", key="turn-1/2", index=2)) is None

    async def test_the_answer_in_a_direct_message_is_found(self, slack, heard):
        async with listening(slack, heard, stream="edit") as adapter:
            ann = slack.person("ann")
            slack.says(ann, "hello")
            message = await heard.one()
            slack.faults.add("chat.postMessage", cut=True, apply=True)
            async with adapter.reply(message) as sink:
                with pytest.raises(Uncertain):
                    await sink.finish(part("Hello."))
                found = await sink.find(part("Hello."))
                await sink.finish(part("Hello!", found))

        assert ["Hello!"] == slack.bot_texts(slack.dm(ann))

    async def test_a_slack_that_was_away_for_a_moment_is_tried_again(self, slack, heard, adapter):
        message, desk, ts = await asked(slack, heard)
        slack.faults.add("chat.postMessage", status=200, body={"ok": False, "error": "service_unavailable"})
        async with adapter.reply(message) as sink:
            await sink.finish(part("A bridge."))

        assert ["A bridge."] == slack.bot_texts(desk, ts)

    async def test_an_absent_slack_has_surely_not_heard(self):
        async with aiohttp.ClientSession() as session:
            api = SlackApi(session, token="xoxb-x", url="http://127.0.0.1:1/api/")
            with pytest.raises(Unreachable):
                await api.post("C1", "A bridge.", thread=None, metadata={})


@pytest.mark.parametrize("page", ["<html>Bad Gateway</html>", "", "[]", '"ok"', "null"])
async def test_a_proxy_that_answers_for_slack_leaves_a_post_uncertain(slack, heard, adapter, page):
    """What answers with something else than an object has perhaps handed the call on."""
    message, _desk, _ts = await asked(slack, heard)
    async with adapter.reply(message) as sink:
        slack.faults.add("chat.postMessage", status=502, body=page)
        with pytest.raises(Uncertain):
            await sink.finish(part("A bridge."))
