"""The admin API of the real daemon: who may ask, what it tells, and what is pushed, over real sockets."""

import asyncio
import json
import time

import pytest
from structlog.testing import capture_logs

from bridge.web import auth
from bridge.web.api import TEXT_LIMIT
from tests.wire.house import ADMIN, PATIENCE, House

KNOWN = {"Authorization": f"Bearer {ADMIN}"}


@pytest.fixture
def ann(house):
    """Somebody whom the Telegram bot may write to."""
    person = house.telegram.person("Ann")
    house.telegram.private(person)
    return person


def push_to(person, **more):
    return {"adapter": "helpdesk", "chat": str(person.id), "text": "The **ship** is in.", "key": "k1"} | more


async def pushes(house, wanted, **headers):
    body = wanted if isinstance(wanted, bytes) else json.dumps(wanted).encode()
    async with house.client.post("/api/messages", data=body, headers=KNOWN | headers) as answer:
        return answer.status, await answer.json()


class TestWhoMayAsk:
    PATHS = (("GET", "/api/status"), ("POST", "/api/messages"), ("GET", "/api/openapi.json"))

    @pytest.mark.parametrize(("method", "path"), PATHS)
    @pytest.mark.parametrize(
        "shown", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {ADMIN}", ADMIN, "Bearer ß", "Bearer \x80"]
    )
    async def test_nobody_without_the_token(self, house, method, path, shown):
        headers = {} if shown is None else {"Authorization": shown.encode("latin-1").decode("latin-1")}
        async with house.client.request(method, path, headers=headers) as answer:
            assert (401, "Bearer") == (answer.status, answer.headers["WWW-Authenticate"])

    @pytest.mark.parametrize(("method", "path"), PATHS)
    async def test_without_a_token_in_the_config_there_is_no_such_page(self, tmp_path, platforms, method, path):
        async with House(tmp_path, *platforms, admin_token="").living() as house:
            for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}):
                async with house.client.request(method, path, headers=headers) as answer:
                    assert 404 == answer.status

    async def test_who_guesses_wrong_again_and_again_is_not_listened_to(self, house):
        statuses = [(await house.get_as("wrong"))[0] for _ in range(auth.GUESSES + 1)]
        async with house.client.get("/api/status", headers=KNOWN) as answer:
            assert 429 == answer.status
            assert 0 < int(answer.headers["Retry-After"]) <= auth.FORGIVEN_EVERY + 1
        assert [401] * auth.GUESSES + [429] == statuses

    @pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer "}, {"Authorization": f"Basic {ADMIN}"}])
    async def test_who_shows_no_token_has_not_guessed(self, house, shown):
        for _ in range(auth.GUESSES + 1):
            async with house.client.get("/api/status", headers=shown) as answer:
                assert 401 == answer.status

        assert 200 == (await house.get_as(ADMIN))[0]

    async def test_who_shows_no_token_costs_no_line_of_the_log_each_time(self, house):
        with capture_logs() as logs:
            for _ in range(auth.GUESSES):
                await house.get_as("")

        assert [] == [line for line in logs if line["event"] == "admin.refused"]
        assert len([line for line in logs if line["event"] == "request.refused"]) < auth.GUESSES

    async def test_who_shows_no_token_is_asked_for_it_also_where_others_guessed(self, house):
        for _ in range(auth.GUESSES + 1):
            await house.get_as("wrong")

        async with house.client.get("/api/status") as answer:
            assert 401 == answer.status

    async def test_a_guess_is_forgiven_after_a_while(self, house, monkeypatch):
        for _ in range(auth.GUESSES):
            await house.get_as("wrong")
        monkeypatch.setattr(auth, "FORGIVEN_EVERY", 1e-6)

        assert 200 == (await house.get_as(ADMIN))[0]

    async def test_no_token_is_ever_logged(self, house):
        with capture_logs() as logs:
            await house.get_as("guessed-wrong")
            await house.get_as(ADMIN)

        assert ["admin.refused"] == [line["event"] for line in logs if line["event"].startswith("admin.")]
        assert ADMIN not in str(logs)
        assert "guessed-wrong" not in str(logs)


WRONG_BODIES = {
    "nothing": b"",
    "no JSON": b"hello",
    "half of it": b'{"adapter": "helpdesk", ',
    "a list": b"[]",
    "null": b"null",
    "a number": b"17",
    "another encoding": '{"adapter": "é"}'.encode("utf-16"),
    "bytes": b"\xff\xfe\x00",
    "nothing in it": b"{}",
    "nested without end": b"[" * 100_000,
    "half a character": b'{"adapter":"helpdesk","chat":"1","text":"\\ud800","key":"k"}',
    "a number for a name": b'{"adapter":7,"chat":"7","text":"a","key":"k"}',
    "half a chat": b'{"adapter":"helpdesk","chat":7.5,"text":"a","key":"k"}',
    "a truth for a chat": b'{"adapter":"helpdesk","chat":true,"text":"a","key":"k"}',
    "a number of no chat": b'{"adapter":"helpdesk","chat":0,"text":"a","key":"k"}',
    "a list of chats": b'{"adapter":"helpdesk","chat":[7],"text":"a","key":"k"}',
    "a form": b"adapter=helpdesk&chat=1&text=a&key=k",
    "more than it takes": b'{"adapter":"helpdesk","chat":"1","text":"a","key":"k","bot":"x"}',
    "blank": b'{"adapter":"helpdesk","chat":"1","text":" \\n ","key":"k"}',
    "lines in a name": b'{"adapter":"helpdesk","chat":"1","text":"a","key":"k\\nk"}',
    "an unknown adapter": b'{"adapter":"nobody","chat":"1","text":"a","key":"k"}',
    "no chat that could be": b'{"adapter":"helpdesk","chat":"general","text":"a","key":"k"}',
}


class TestRefusals:
    """Whatever is wrong is told as JSON, in words that say what was expected."""

    @pytest.mark.parametrize("body", WRONG_BODIES.values(), ids=WRONG_BODIES)
    async def test_a_body_of_a_wrong_shape(self, house, body):
        status, told = await pushes(house, body)

        assert 400 == status
        assert ["error"] == list(told)
        assert len(told["error"]) > 10

    @pytest.mark.parametrize(
        ("method", "path", "headers", "status"),
        [
            ("GET", "/api/status", {}, 401),
            ("GET", "/api/nothing", KNOWN, 404),
            ("DELETE", "/api/messages", KNOWN, 405),
            ("POST", "/api/messages", KNOWN | {"Content-Encoding": "gzip"}, 415),
            ("POST", "/api/messages", KNOWN | {"Content-Length": str(1 << 30)}, 413),
        ],
    )
    async def test_a_request_of_a_wrong_kind(self, house, method, path, headers, status):
        async with house.client.request(method, path, headers=headers) as answer:
            assert status == answer.status
            assert (await answer.json())["error"]

    async def test_a_page_for_browsers_stays_one(self, house):
        assert "text/plain" == (await house.get("/console/nothing"))[1]


def test_only_so_many_addresses_are_remembered():
    guesses = auth.Guesses()
    for number in range(3 * auth.ADDRESSES):
        guesses.record_wrong(f"10.0.{number // 256}.{number % 256}")

    assert auth.ADDRESSES == len(guesses._wrong)


class TestStatus:
    async def test_it_tells_how_everything_is(self, house):
        status, told = await house.get_as(ADMIN)

        assert 200 == status
        assert {"waiting": 0, "running": 0, "dead": 0} == told["messages"]
        assert {"kind": "telegram", "connected": True} == told["adapters"]["helpdesk"]
        assert (True, {}, 1) == (told["ready"], told["reasons"], told["replicas"])
        assert {"assistant": {"spared": False}} == told["bots"]
        assert (0, {}) == (told["oldest_waiting_seconds"], told["notes"])
        assert told["config"]["refused"] is told["config"]["last_refusal"] is told["config"]["reloaded_at"] is None
        assert 0 <= time.time() - told["config"]["in_force_since"] < 3600


class TestPush:
    async def test_what_is_pushed_is_read_as_a_bots_markdown(self, house, ann):
        assert (202, {"key": "k1", "known": False}) == await pushes(house, push_to(ann))
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)

        [message] = [message for message in house.telegram.messages(ann.id) if message.sender_is_bot]
        assert "The ship is in." == message.text
        assert ["bold"] == [entity["type"] for entity in message.entities]
        assert not house.coze.chats

    async def test_a_chat_may_be_the_number_that_it_is_on_its_platform(self, house, ann):
        assert 202 == (await pushes(house, push_to(ann, chat=ann.id)))[0]
        assert 200 == (await pushes(house, push_to(ann)))[0]
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)

    async def test_a_known_key_is_said_once(self, house, ann):
        outcomes = [(await pushes(house, push_to(ann, text=f"try {number}")))[0] for number in range(3)]
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)
        await pushes(house, push_to(ann, key="k2", text="another"))
        await house.telegram.until(lambda: len(house.telegram.bot_texts(ann.id)) == 2, within=PATIENCE)

        assert [202, 200, 200] == outcomes
        assert ["try 0", "another"] == house.telegram.bot_texts(ann.id)

    async def test_the_same_key_at_once_is_kept_once(self, house, ann):
        outcomes = await asyncio.gather(*(pushes(house, push_to(ann)) for _ in range(20)))

        assert [200] * 19 + [202] == sorted(status for status, _ in outcomes)

    async def test_it_reaches_a_slack_channel_and_a_thread_in_it(self, house):
        channel = house.slack.channel("news")
        root = house.slack.says(house.slack.person("ann"), "what is new?", channel)
        to = {"adapter": "acme", "chat": channel}
        assert 202 == (await pushes(house, {**to, "text": "In the *channel*.", "key": "1"}))[0]
        assert 202 == (await pushes(house, {**to, "thread": root, "text": "In the thread.", "key": "2"}))[0]
        await house.slack.until(lambda: len(house.slack.bot_texts(channel, root)) == 1, within=PATIENCE)
        await house.slack.until(lambda: len(house.slack.bot_texts(channel)) >= 1, within=PATIENCE)

        assert ["In the thread."] == house.slack.bot_texts(channel, root)
        assert "In the *channel*." in house.slack.bot_texts(channel)

    async def test_a_long_text_is_split_and_whole(self, house, ann):
        text = "\n\n".join(f"Paragraph {number} of a long report, with some words in it." for number in range(400))
        await pushes(house, push_to(ann, text=text))
        await house.telegram.until(
            lambda: "Paragraph 399" in "".join(house.telegram.bot_texts(ann.id)), within=PATIENCE
        )

        said = " ".join(house.telegram.bot_texts(ann.id))
        assert [str(number) for number in range(400)] == [word for word in said.split() if word.isdecimal()]

    @pytest.mark.parametrize(
        ("wrong", "named"),
        [
            ({"adapter": "nobody"}, "adapter"),
            ({"adapter": ""}, "adapter"),
            ({"adapter": 7}, "adapter"),
            ({"chat": "Ann"}, "chat"),
            ({"chat": "0"}, "chat"),
            ({"chat": "٣"}, "chat"),
            ({"chat": "1" * 30}, "chat"),
            ({"chat": 4.2}, "chat"),
            ({"chat": "1\n2"}, "chat"),
            ({"thread": "general"}, "thread"),
            ({"thread": ""}, "thread"),
            ({"text": ""}, "text"),
            ({"text": " \n\0"}, "text"),
            ({"text": "\u200b"}, "text"),
            ({"text": "\u2060 \u200d\n"}, "text"),
            ({"text": "\u202e\ufeff"}, "text"),
            ({"text": "\u00ad"}, "text"),
            ({"text": None}, "text"),
            ({"text": "x" * (TEXT_LIMIT + 1)}, "text"),
            ({"key": ""}, "key"),
            ({"key": "k" * 201}, "key"),
            ({"key": "a\0b"}, "key"),
            ({"more": 1}, "more"),
            ({"adapter": "acme", "chat": "#news"}, "chat"),
            ({"adapter": "acme", "chat": "C0NEWS", "thread": "1"}, "thread"),
        ],
        ids=str,
    )
    async def test_what_cannot_be_said_is_refused_with_the_reason(self, house, ann, wrong, named):
        status, told = await pushes(house, push_to(ann, **wrong))

        assert 400 == status
        assert told["error"].startswith(named)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"7",
            b"null",
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"text": "\\ud800"}',
            b'{"text": "\xed\xa0\x80"}',
        ],
        ids=lambda body: repr(body[:20]),
    )
    async def test_what_is_no_push_is_refused(self, house, body):
        status, told = await pushes(house, body)

        assert 400 == status
        assert told["error"]

    async def test_a_null_byte_never_reaches_the_platform(self, house, ann):
        await pushes(house, push_to(ann, text="a\0b"))
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)

        assert ["ab"] == house.telegram.bot_texts(ann.id)

    async def test_what_the_platform_refuses_is_a_dead_letter_with_its_reason(self, house):
        assert 202 == (await pushes(house, {"adapter": "helpdesk", "chat": "4711", "text": "hello", "key": "k"}))[0]
        async with asyncio.timeout(PATIENCE):
            while (await house.get_as(ADMIN))[1]["messages"]["dead"] == 0:
                pass

    async def test_it_is_in_the_audit_trail_without_its_words(self, house, ann):
        with capture_logs() as logs:
            await pushes(house, push_to(ann, text="private words"))
            await pushes(house, push_to(ann, text="private words"))

        assert ["push"] == [line["deed"] for line in logs if line["event"] == "admin.acted"]
        assert "private words" not in str(logs)
