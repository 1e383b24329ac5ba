"""What strangers can do to the HTTP port: nothing that anybody else would notice, over real sockets."""

import asyncio
import gzip
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest
from structlog.testing import capture_logs

from bridge.sdk.errors import Later
from bridge.sdk.ports import WebhookResponse
from bridge.web import connections, requests, server, waste
from bridge.web.requests import BODY_LIMIT
from tests.ports import free_port
from tests.wire.house import PATIENCE, bare

MANY = 300
HALF_HEAD = b"POST /webhooks/acme HTTP/1.1\r\nHost: bridge\r\nX-Half: "
BOMB = gzip.compress(bytes(64 << 20))


def half_body():
    """A request that looks like one of Slack's, of whose body the half is there."""
    signed = f"X-Slack-Request-Timestamp: {int(time.time())}\r\nX-Slack-Signature: v0={'0' * 64}\r\n"
    return f"POST /webhooks/acme HTTP/1.1\r\nHost: bridge\r\n{signed}Content-Length: 100\r\n\r\n".encode() + b" " * 50


class Stranger(asyncio.Protocol):
    """A connection that says what it wants."""

    def __init__(self):
        self.heard = bytearray()
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self._writable = asyncio.Event()

    @classmethod
    async def at(cls, url, said=b""):
        host, _, port = url.removeprefix("http://").partition(":")
        _, stranger = await asyncio.get_running_loop().create_connection(cls, host, int(port))
        stranger.transport.write(said)
        return stranger

    def connection_made(self, transport):
        self.transport = transport
        self._writable.set()

    def pause_writing(self):
        self._writable.clear()

    def resume_writing(self):
        self._writable.set()

    def data_received(self, data):
        self.heard += data
        self._news.set()

    def connection_lost(self, _exc):
        self._writable.set()
        self._ended.set()

    async def says(self, said):
        self.transport.write(said)
        await self._writable.wait()

    async def hears_of(self, said, times):
        """Return once it has heard that so often."""
        async with asyncio.timeout(PATIENCE):
            while self.heard.count(said) < times:
                await self._news.wait()
                self._news.clear()

    async def hears(self):
        """Everything until the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            await self._ended.wait()
        return bytes(self.heard)

    @property
    def is_cut(self):
        return self._ended.is_set()

    def goes(self):
        self.transport.abort()


@asynccontextmanager
async def strangers(house, said, many=MANY):
    """So many connections that have said just that."""
    crowd = [await Stranger.at(house.url, said) for _ in range(many)]
    try:
        yield crowd
    finally:
        for stranger in crowd:
            stranger.goes()


class Scripted:
    """An adapter of a third party's, called by HTTP, that does what a test says."""

    def __init__(self, does):
        self._does = does

    @property
    def receives_by_http(self):
        return True

    def set_webhook_url(self, url):
        raise NotImplementedError

    async def handle_webhook(self, request, _accept):
        return await self._does(request)


@asynccontextmanager
async def served(does):
    """The web server alone, with an adapter that *does* so."""
    address = f"127.0.0.1:{free_port()}"
    daemon = bare(adapters={"third": Scripted(does)})
    async with server.serve(address, daemon), aiohttp.ClientSession(f"http://{address}") as client:
        yield client


def refusals(logs):
    return [(line["reason"], line["times"]) for line in logs if line["event"] == "request.refused"]


class TestCrowds:
    @pytest.mark.parametrize("said", [b"", HALF_HEAD, half_body()], ids=["silent", "half a head", "half a body"])
    async def test_whoever_keeps_us_waiting_keeps_nobody_else_waiting(self, house, said):
        async with strangers(house, said) as crowd:
            assert 200 == (await house.get("/healthz"))[0]
            assert 200 == (await house.get("/metrics"))[0]
            assert await house.answers("hello")
            for stranger in crowd[: MANY - connections.CONNECTIONS]:
                told = await stranger.hears()
                assert told == b"" or told.startswith(b"HTTP/1.1 4")  # cut, or on a slow machine refused first

    async def test_the_first_to_come_is_the_first_to_go(self, house):
        async with strangers(house, HALF_HEAD, many=connections.CONNECTIONS + 1) as crowd:
            await crowd[0].hears()
            assert not crowd[-1].is_cut

    async def test_bodies_are_read_a_few_at_a_time(self, house):
        async with strangers(house, half_body(), many=connections.BODIES + 1) as crowd:
            await crowd[0].hears()
            assert not crowd[1].is_cut

    async def test_a_call_at_work_is_never_cut(self):
        go = asyncio.Event()

        async def waits(request):
            await request.read()
            await go.wait()
            return WebhookResponse(body="done")

        async with served(waits) as client:
            call = asyncio.create_task(client.post("/webhooks/third", data=b"x"))
            crowd = [await Stranger.at(str(client._base_url).rstrip("/"), HALF_HEAD) for _ in range(MANY)]
            await crowd[0].hears()
            go.set()

            assert "done" == await (await call).text()
            for stranger in crowd:
                stranger.goes()

    async def test_more_calls_than_we_can_work_on_are_asked_to_come_back(self, monkeypatch):
        monkeypatch.setattr(connections, "AT_WORK", 3)
        go = asyncio.Event()
        begun = asyncio.Semaphore(0)

        async def waits(request):
            await request.read()
            begun.release()
            await go.wait()
            return WebhookResponse()

        async with served(waits) as client:
            calls = [asyncio.create_task(client.post("/webhooks/third", data=b"x")) for _ in range(3)]
            for _ in calls:
                await begun.acquire()
            late = await client.post("/webhooks/third", data=b"x")

            assert (503, "5") == (late.status, late.headers["Retry-After"])
            assert 200 == (await client.get("/healthz")).status
            go.set()
            assert [200] * 3 == [(await call).status for call in calls]


class TestBodies:
    @pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "chunked"])
    @pytest.mark.parametrize("name", ["helpdesk", "acme", "nobody"])
    async def test_a_bomb_is_not_unpacked_whoever_sends_it(self, house, name, encoding):
        headers = {"Content-Encoding": encoding} | house.signed(BOMB) | house.telegrams_secret

        assert 415 == await house.post(f"/webhooks/{name}", BOMB, **headers)

    async def test_a_strangers_body_is_not_read(self, house):
        """Telegram's secret is a header: whoever does not know it is answered before they have said a byte more."""
        stranger = await Stranger.at(
            house.url, b"POST /webhooks/helpdesk HTTP/1.1\r\nHost: b\r\nContent-Length: %d\r\n\r\n" % BODY_LIMIT
        )

        assert (await stranger.hears()).startswith(b"HTTP/1.1 403 ")

    async def test_after_many_bytes_in_vain_large_bodies_are_not_read(self, house, monkeypatch):
        monkeypatch.setattr(waste, "WASTE_LIMIT", 1)
        large, small = bytes(waste.SMALL + 1), b'{"type": "url_verification", "challenge": "abc"}'
        forged = house.signed(large, secret="0" * 32)

        assert 401 == await house.post("/webhooks/acme", large, **forged)
        assert 429 == await house.post("/webhooks/acme", large, **forged)
        assert 401 == await house.post("/webhooks/acme", small, **forged)
        assert 200 == await house.post("/webhooks/acme", small, **house.signed(small))

    async def test_while_there_are_many_who_is_told_no_waits_for_it_and_nobody_else_does(self, house, monkeypatch):
        monkeypatch.setattr(waste, "WASTE_LIMIT", 1)
        await house.post("/webhooks/acme")
        told_no = asyncio.create_task(house.post("/webhooks/acme"))
        body = b'{"type": "url_verification", "challenge": "abc"}'

        assert 200 == (await house.get("/healthz"))[0]
        assert 200 == await house.post("/webhooks/acme", body, **house.signed(body))
        assert not told_no.done()
        assert 401 == await told_no

    async def test_a_body_that_drips_is_given_up(self, house, monkeypatch):
        monkeypatch.setattr(requests, "BODY_WITHIN", 0.05)
        stranger = await Stranger.at(house.url, half_body())

        assert (await stranger.hears()).startswith(b"HTTP/1.1 408 ")

    async def test_a_head_that_drips_is_given_up(self, house, monkeypatch):
        monkeypatch.setattr(connections, "HEAD_WITHIN", 0.05)
        stranger = await Stranger.at(house.url, HALF_HEAD)
        while not stranger.is_cut:
            await stranger.says(b"x")
            await asyncio.sleep(0)

        assert b"" == await stranger.hears()

    async def test_who_was_answered_is_kept_for_longer_than_a_stranger_who_says_nothing(self, house, monkeypatch):
        """A proxy keeps its connections for a minute or two: what it posts as we close one is lost."""
        monkeypatch.setattr(connections, "HEAD_WITHIN", 0.05)
        asked = b"GET /healthz HTTP/1.1\r\nHost: bridge\r\n\r\n"
        proxy = await Stranger.at(house.url, asked)
        await proxy.hears_of(b"ok\n", 1)
        for said in (b"", HALF_HEAD):
            assert b"" == await (await Stranger.at(house.url, said)).hears()
        await proxy.says(asked)
        await proxy.hears_of(b"ok\n", 2)

        assert not proxy.is_cut
        proxy.goes()

    async def test_half_a_body_and_away_is_no_fault_of_ours(self, house):
        with capture_logs() as logs:
            for _ in range(20):
                (await Stranger.at(house.url, half_body())).goes()

            assert 200 == (await house.get("/healthz"))[0]
        assert not [line for line in logs if line["event"] == "request.failed"]


MALFORMED = {
    "words": b"hello there\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "version": b"GET / HTTP/9.9\r\n\r\n",
    "a long line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: b\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: b\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "a huge length": b"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a length below zero": b"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "two framings": b"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a null": b"GET / HTTP/1.1\r\nHost: b\r\nX: \x00\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost b\r\n\r\n",
}


class TestMalformed:
    @pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
    async def test_what_is_no_http_is_refused_without_a_word_of_it(self, house, said):
        with capture_logs() as logs:
            heard = await (await Stranger.at(house.url, said)).hears()

        assert heard.startswith(b"HTTP/1.0 400 ")
        assert heard.endswith(b"\r\n\r\n")
        assert [("malformed", 1)] == refusals(logs)

    async def test_of_many_a_line_a_second_is_logged(self, house):
        with capture_logs() as logs:
            for _ in range(50):
                await (await Stranger.at(house.url, MALFORMED["words"])).hears()

        assert len(refusals(logs)) < 10
        assert 'bridge_http_refused_total{reason="malformed"}' in (await house.get("/metrics"))[2]

    async def test_a_wrong_chunk_is_refused(self, house):
        head = half_body().partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"

        assert b" 400 " in (await (await Stranger.at(house.url, head + b"zz\r\n")).hears()).partition(b"\r\n")[0]

    async def test_garbage_behind_a_request_ends_the_connection_alone(self, house):
        ask = b"GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n"
        heard = await (await Stranger.at(house.url, ask + b"\xff\x00" * 99)).hears()

        assert heard.rpartition(b"HTTP/1.")[2].startswith(b"0 400 ")
        assert 200 == (await house.get("/healthz"))[0]

    async def test_a_thousand_requests_in_one_breath_are_answered_in_order(self, house):
        ask = b"GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n"
        last = b"GET /nowhere HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n"
        heard = await (await Stranger.at(house.url, ask * 1000 + last)).hears()

        assert 1000 == heard.count(b"HTTP/1.1 200 ")
        assert 1 == heard.count(b"HTTP/1.1 404 ")


class TestFailures:
    async def test_a_bug_is_a_500_that_tells_nothing_and_a_line_that_tells_where(self):
        async def fails(_request):
            raise RuntimeError("Ann wrote: my secret")

        async with served(fails) as client:
            with capture_logs() as logs:
                answer = await client.post("/webhooks/third", data=b"{}")

        assert (500, b"") == (answer.status, await answer.read())
        assert ["RuntimeError"] == [line["error"] for line in logs if line["event"] == "request.failed"]
        assert "secret" not in str([{**line, "exc_info": None} for line in logs])

    @pytest.mark.parametrize("failure", [Later("the database is away"), TimeoutError()], ids=repr)
    async def test_what_cannot_be_taken_now_is_asked_for_again(self, failure):
        async def fails(_request):
            raise failure

        async with served(fails) as client:
            answer = await client.post("/webhooks/third", data=b"{}")

        assert (503, "5") == (answer.status, answer.headers["Retry-After"])


class TestUnderAttack:
    async def test_people_are_answered_throughout(self, house):
        """All of it at once, as fast as loopback allows, while three questions are asked and answered."""
        over = asyncio.Event()

        async def floods(*said):
            while not over.is_set():
                for part in said:
                    stranger = await Stranger.at(house.url)
                    await stranger.says(part)
                    stranger.goes()

        unsigned = half_body().replace(b"Content-Length: 100", b"Content-Length: %d" % BODY_LIMIT) + bytes(
            BODY_LIMIT - 50
        )
        bomb = b"POST /webhooks/acme HTTP/1.1\r\nHost: b\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(
            BOMB
        )
        attack = [asyncio.create_task(floods(unsigned, bomb + BOMB, MALFORMED["tls"], HALF_HEAD)) for _ in range(2)]
        with capture_logs() as logs:
            async with strangers(house, HALF_HEAD):
                for number in range(3):
                    assert await house.answers(str(number))
                    assert 200 == (await house.get("/healthz"))[0]
        over.set()
        await asyncio.gather(*attack)
        assert not [line for line in logs if line["log_level"] in ("error", "critical")]
