"""Events, commands and presses that come by HTTP are checked, and accepted before they are answered."""

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import pytest
from aiohttp import web

from bridge.sdk.errors import ChatGone, Later
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import CommandName
from tests.wire.hearing import called
from tests.wire.slack.harness import listening


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
