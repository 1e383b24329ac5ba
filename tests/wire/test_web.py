"""Health, metrics and webhooks of the real daemon, on a real port, called by the platforms themselves."""

import asyncio
import io
import json
import socket
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from bridge.sdk.errors import ConfigError
from bridge.web import server
from simulators.coze.script import Fail
from tests.wire.house import PATIENCE, SECRET_HEADER, House, bare


class TestHealth:
    async def test_while_the_loop_turns_it_is_healthy(self, house):
        assert (200, "text/plain", "ok\n") == await house.get("/healthz")

    async def test_it_is_ready_when_every_adapter_hears(self, house):
        status, kind, body = await house.get("/readyz")

        assert (200, "application/json") == (status, kind)
        assert {"ready": True, "reasons": {}, "notes": {}} == json.loads(body)

    async def test_it_says_of_each_part_why_it_is_not_ready(self, tmp_path, platforms):
        _, telegram, slack = platforms
        telegram.faults.add("setWebhook", times=99, status=502)
        slack.faults.add("auth.test", times=99, status=200, body={"ok": False, "error": "invalid_auth"})
        async with House(tmp_path, *platforms).living(ready=False) as house:
            async with asyncio.timeout(PATIENCE):
                while True:
                    status, _, body = await house.get("/readyz")
                    reasons = json.loads(body)["reasons"]
                    if reasons.get("helpdesk") not in (None, "not open yet", "not started"):
                        break

            assert (503, False) == (status, json.loads(body)["ready"])
            assert "invalid_auth" in reasons["acme"] or reasons["acme"] == "not open yet"
            assert reasons["helpdesk"]
            assert 200 == (await house.get("/healthz"))[0]

    async def test_prometheus_can_read_how_it_is(self, house):
        status, kind, body = await house.get("/metrics")

        assert (200, "text/plain") == (status, kind)
        assert 'bridge_adapter_connected{adapter="helpdesk"} 1.0' in body
        assert 'bridge_adapter_connected{adapter="acme"} 1.0' in body
        assert "# TYPE bridge_turns_total counter" in body
        assert "bridge_config_current 1.0" in body

    async def test_prometheus_learns_how_many_messages_wait_and_were_given_up(self, house):
        house.coze.will_play(Fail(code=4000))
        house.telegram.says(house.telegram.person("Ann"), "hello")
        async with asyncio.timeout(PATIENCE):
            while "bridge_dead_letters 1.0" not in (body := (await house.get("/metrics"))[2]):
                pass

        assert "bridge_waiting 0.0" in body

    @pytest.mark.parametrize(
        "request_line", [b"GET /healthz HTTP/1.1", b"GET /nothing HTTP/1.1", b"GET /api/status HTTP/1.1", b"nonsense"]
    )
    async def test_no_answer_tells_a_stranger_what_it_is_made_with(self, house, request_line):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(house.url.rpartition(":")[2]))
        writer.write(request_line + b"\r\nHost: bridge\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()

        assert b"\r\nserver: coze-bridge\r\n" in answer.lower()
        assert b"aiohttp" not in answer.lower()

    @pytest.mark.parametrize("path", ["/", "/webhooks", "/webhooks/", "/webhooks/helpdesk/more", "/favicon.ico"])
    async def test_there_is_nothing_else(self, house, path):
        assert 404 == (await house.get(path))[0]


class TestWebhooks:
    async def test_telegram_brings_a_question_and_gets_an_answer(self, house):
        house.coze.will_say("A bridge ", "is a way.")
        ann = house.telegram.person("Ann")
        house.telegram.says(ann, "what is a bridge?")
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)

        assert ["A bridge is a way."] == house.telegram.bot_texts(ann.id)
        assert not house.telegram.called("getUpdates")

    async def test_slack_brings_a_question_and_gets_an_answer(self, house):
        house.coze.will_say("A bridge ", "is a way.")
        ann = house.slack.person("ann")
        desk = house.slack.channel("help", members=[ann])
        ts = house.slack.says(ann, "what is a bridge?", desk, mention=True)
        await house.slack.until(lambda: house.slack.bot_texts(desk, ts) == ["A bridge is a way."], within=PATIENCE)
        await house.slack.settled()

        assert not house.slack.sockets.open
        assert all(delivery.acked for delivery in house.slack.deliveries)

    async def test_slacks_challenge_is_passed(self, house):
        assert await house.slack.verify_url()

    async def test_what_is_brought_again_is_answered_once(self, house):
        ann = house.slack.person("ann")
        dm = house.slack.dm(ann)
        house.coze.will_say("Hello.")
        ts = house.slack.says(ann, "hello")
        await house.slack.until(lambda: house.slack.bot_texts(dm, ts) == ["Hello."], within=PATIENCE)
        house.slack.redeliver(times=3)
        await house.slack.settled()

        assert 1 == len(house.coze.chats)

    @pytest.mark.parametrize("name", ["nobody", "HELPDESK", "%2e%2e", "a" * 2000])
    async def test_an_adapter_nobody_has_cannot_be_called(self, house, name):
        assert 404 == await house.post(f"/webhooks/{name}")

    async def test_an_adapter_that_polls_cannot_be_called(self, tmp_path, platforms):
        async with House(tmp_path, *platforms, receive="polling").living() as house:
            assert 404 == await house.post("/webhooks/helpdesk")

    async def test_a_slack_that_is_heard_by_socket_cannot_be_called(self, tmp_path, platforms):
        """Its events carry no signature, so anybody's would be believed."""
        *_, slack = platforms
        staff = {
            "type": "app_mention",
            "channel": "C1",
            "user": "U0ANN",
            "text": f"<@{slack.bot_user}> hi",
            "ts": "1.1",
        }
        event = {"type": "event_callback", "event_id": "Ev1", "team_id": slack.team, "event": staff}
        command = {"command": "/coze", "text": "hi", "team_id": slack.team, "channel_id": "C1", "user_id": "U0ANN"}
        async with House(tmp_path, *platforms, slack_options={"app_token": slack.app_token}).living() as house:
            for body in (json.dumps(event), urlencode(command | {"trigger_id": "1.2.3"})):
                assert 404 == await house.post("/webhooks/acme", body.encode(), **{"X-Slack-Request-Timestamp": "1"})

            assert 404 == await house.post("/webhooks/nobody")
            assert [] == house.coze.chats

    @pytest.mark.parametrize("name", ["helpdesk", "acme"])
    async def test_it_is_called_by_post_alone(self, house, name):
        assert 405 == (await house.get(f"/webhooks/{name}"))[0]

    @pytest.mark.parametrize("name", ["helpdesk", "acme", "nobody"])
    async def test_more_than_a_mebibyte_is_not_read(self, house, name):
        assert 413 == await house.post(f"/webhooks/{name}", io.BytesIO(b" " * (server.BODY_LIMIT + 1)))

    async def test_more_than_a_mebibyte_is_not_read_either_where_its_length_is_not_told(self, house):
        async def endless():
            for _ in range(20):
                yield b" " * (server.BODY_LIMIT // 10)

        assert 413 == await house.post("/webhooks/helpdesk", endless(), **house.telegrams_secret)

    @pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: "ключ"}, {SECRET_HEADER: ""}])
    async def test_whoever_does_not_know_telegrams_secret_is_sent_away(self, house, headers):
        assert 403 == await house.post("/webhooks/helpdesk", **headers)

    @pytest.mark.parametrize(
        ("age", "secret"), [(0, "wrong"), (600, None), (-600, None)], ids=["forged", "too old", "from the future"]
    )
    async def test_what_slack_did_not_sign_just_now_is_sent_away(self, house, age, secret):
        assert 401 == await house.post("/webhooks/acme", b"{}", **house.signed(b"{}", age=age, secret=secret))
        assert 401 == await house.post("/webhooks/acme")

    @pytest.mark.parametrize(
        "odd",
        [
            {"x-slack-request-timestamp": "1" * 5000},
            {"x-slack-request-timestamp": "٣" * 10},
            {"x-slack-request-timestamp": "-1"},
            {"x-slack-request-timestamp": "1e9"},
            {"x-slack-request-timestamp": ""},
            {"x-slack-signature": "v0=" + "ß" * 64},
            {"x-slack-signature": "v0="},
            {"x-slack-signature": "v1=" + "0" * 64},
        ],
        ids=str,
    )
    async def test_odd_headers_are_no_signature(self, house, odd):
        assert 401 == await house.post("/webhooks/acme", b"{}", **(house.signed(b"{}") | odd))

    @pytest.mark.parametrize("form", [b"payload=[]", b"payload=%FF", b"payload=" + b"[" * 100_000, b"a=&" * 101])
    async def test_a_form_that_slack_signed_and_nobody_can_read_is_kept(self, house, form):
        kind = {"content-type": "application/x-www-form-urlencoded"}

        assert 200 == await house.post("/webhooks/acme", form, **house.signed(form), **kind)
        assert 1 == len(await house.dead_letters())

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"[1]",
            b'"x"',
            b"{" * 100_000,
            b'{"a":' * 100_000,
            b"\xff\xfe",
            b"payload=[]",
            b"payload=%FF",
            b"&=" * 101,
        ],
        ids=lambda body: body[:8].decode("latin-1"),
    )
    async def test_what_slack_signed_and_nobody_can_read_is_kept_in_a_line(self, house, body):
        """Brought again, it is the same."""
        with capture_logs() as logs:
            for _ in range(2):
                assert 200 == await house.post("/webhooks/acme", body, **house.signed(body))

        told = ("update.unreadable", "request.refused", "request.failed", "bug.met")
        lines = [line for line in logs if line["event"] in told]
        assert [("update.unreadable", "acme")] == [(line["event"], line["adapter"]) for line in lines]
        [reason] = await house.dead_letters()
        assert reason.startswith("unreadable: ")
        assert [] == house.coze.chats

    async def test_nonsense_from_whoever_knows_the_secret_is_taken_and_nothing_breaks(self, house):
        deep = b"[" * 100_000
        for body in (b"{nonsense", b"[]", b"7", b'{"update_id": 1, "message": []}', b"\xff\xfe", deep, b""):
            assert 200 == await house.post("/webhooks/helpdesk", body, **house.telegrams_secret)

        assert 200 == (await house.get("/readyz"))[0]
        reasons = await house.dead_letters()
        assert 6 == len(reasons), "all but the one that says nothing"
        assert all(reason.startswith("unreadable: ") for reason in reasons)


async def test_a_port_that_is_taken_is_told_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigError, match=f"cannot listen on {address}: .*; choose another port"):
            async with server.serve(address, bare()):
                pass


async def test_without_an_address_nothing_is_served():
    async with server.serve(None, bare()):
        pass
