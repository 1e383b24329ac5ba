"""Functions of a bot, run at endpoints of ours: what they are told, and whatever they do."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.timeouts import Timeouts
from bridge.coze.tools import FAILED, LARGEST, UNBOUND, HttpTool, PythonTool, Tool, Tools
from bridge.sdk.asking import ChatFinished, Delta, Question
from simulators.coze import BOT, TOKEN, Coze
from simulators.coze.script import Cut, RequiresAction, Say
from tests.wire.hearing import told

SECRET = "sesame"


class Shop:
    """An endpoint; *answer* is what it does."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answer = web.Response(text='{"state":"on its way"}')
        self.opens = asyncio.Event()
        self.opens.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Note the call, and answer it once that is allowed."""
        self.calls.append((dict(request.headers), await request.read()))
        await self.opens.wait()
        return self.answer


@pytest.fixture
def shop() -> Shop:
    """A shop whose orders a tool looks up."""
    return Shop()


@pytest.fixture
async def url(shop: Shop) -> AsyncIterator[str]:
    """Where `shop` is asked."""
    app = web.Application()
    app.router.add_post("/order", shop.serve)
    async with TestServer(app) as server:
        yield str(server.make_url("/order"))


async def outputs(url: str, *steps: object, timeout: float = 30.0) -> list[str]:  # noqa: ASYNC109 - the tool's own
    """What Coze is given for the functions it asks for, where an endpoint runs them."""
    return await outputs_of(HttpTool(url=url, secret=SECRET, timeout=timeout), *steps)


async def outputs_of(tool: Tool, *steps: object) -> list[str]:
    """What Coze is given for the functions it asks for, once the bot has said everything."""
    tools = Tools({"get_order": tool})
    timeouts = Timeouts(poll_intervals=(0.005, 0.01), relist=0.005)
    async with Coze() as coze, CozeConnection(coze.url, StaticToken(TOKEN), timeouts=timeouts) as home:
        coze.every = 0
        coze.will_play(*steps, Say(("Done.",)))  # type: ignore[arg-type]  # they are steps
        bot = home.bot("assistant", BOT, tools=tools)
        question = Question(key="k", user_id="u", conversation_id=await bot.open_conversation("u"), text="where is it?")
        heard = await told(bot.ask(question))
        assert isinstance(heard[-1], ChatFinished)
        assert "Done." in [event.text for event in heard if isinstance(event, Delta)]
        given = [call.params["tool_outputs"] for call in coze.called("chat.submit_tool_outputs")]
        return [output["output"] for one in given for output in one]


ASKS = RequiresAction(name="get_order", arguments={"number": "17"})


async def test_what_it_gives_is_what_the_bot_is_told(url: str, shop: Shop) -> None:
    assert ['{"state":"on its way"}'] == await outputs(url, ASKS)

    [(_, body)] = shop.calls
    told = json.loads(body)
    assert ("get_order", {"number": "17"}) == (told["tool"], told["arguments"])
    assert all(told[name] for name in ("call_id", "conversation_id", "chat_id"))


async def test_it_can_tell_that_it_is_us_and_now(url: str, shop: Shop) -> None:
    await outputs(url, ASKS)

    [(headers, body)] = shop.calls
    timestamp = headers["X-Coze-Bridge-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"v1:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    assert f"v1={expected}" == headers["X-Coze-Bridge-Signature"]
    assert abs(time.time() - int(timestamp)) < 300


async def test_after_a_cut_it_is_asked_too(url: str) -> None:
    assert ['{"state":"on its way"}'] == await outputs(url, Say(("a",)), Cut(), ASKS)


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500, text="private words"),
        web.Response(status=302, headers={"Location": "/elsewhere"}),
        web.Response(body=b"x" * (LARGEST + 1)),
    ],
    ids=["fails", "sends us elsewhere", "says too much"],
)
async def test_one_that_cannot_be_used_is_done_without(url: str, shop: Shop, answer: web.Response) -> None:
    shop.answer = answer

    assert [FAILED] == await outputs(url, ASKS)


async def test_one_that_never_answers_is_not_waited_for(url: str, shop: Shop) -> None:
    shop.opens.clear()
    try:
        assert [FAILED] == await outputs(url, ASKS, timeout=0.05)
    finally:
        shop.opens.set()


async def test_one_that_is_not_there_is_done_without() -> None:
    assert [FAILED] == await outputs("http://127.0.0.1:1/order", ASKS)


async def test_one_that_nobody_bound_is_declined(url: str, shop: Shop) -> None:
    assert [UNBOUND] == await outputs(url, RequiresAction(name="get_weather"))
    assert [] == shop.calls


# In this process


async def shelf(request: dict[str, Any]) -> dict[str, Any]:
    """A function that gives no text."""
    return {"order": request["arguments"]["number"], "state": "packed"}


async def courier(request: dict[str, Any]) -> str:
    """A function that gives text."""
    await asyncio.sleep(0)
    return f"{request['tool']} of {request['arguments']['number']}"


async def broken(_: dict[str, Any]) -> str:
    """A function with a bug."""
    raise KeyError("private words")


async def babbler(_: dict[str, Any]) -> str:
    """A function that says too much."""
    return "x" * (LARGEST + 1)


async def oddity(_: dict[str, Any]) -> object:
    """A function that gives what no JSON can say."""
    return object()


async def sleeper(_: dict[str, Any]) -> str:
    """A function that never ends."""
    return str(await asyncio.Event().wait())


@pytest.mark.parametrize(
    ("run", "gives"),
    [
        (shelf, '{"order": "17", "state": "packed"}'),
        (courier, "get_order of 17"),
        (broken, FAILED),
        (babbler, FAILED),
        (oddity, FAILED),
    ],
    ids=["object", "text", "bug", "too much", "no JSON"],
)
async def test_a_python_function_gives_what_it_returns(
    run: Callable[[dict[str, Any]], Any], gives: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [gives] == await outputs_of(PythonTool(run=run, timeout=30.0), ASKS)
    assert "private words" not in "".join(capsys.readouterr())


async def test_a_python_function_that_never_ends_is_not_waited_for() -> None:
    assert [FAILED] == await outputs_of(PythonTool(run=sleeper, timeout=0.05), ASKS)
