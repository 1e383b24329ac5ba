"""
Everything a stream of Coze's was seen to do, as one table: on both flavours, and however the network delivers it.

Each row is played to our client over four wires: as Coze writes it, byte by byte, and twice with every liberty at once
(CRLF, comments, ids, spaces, line separators as they are), cut at random places.
"""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.timeouts import Timeouts
from bridge.sdk.asking import ChatFinished, FollowUpSuggested, Question
from bridge.sdk.errors import (
    BridgeError,
    ChatFailed,
    ConversationLost,
    Later,
    Occupied,
    RateLimited,
    Refused,
    Unauthorised,
)
from simulators.coze import BOT, TOKEN, Coze
from simulators.coze.script import (
    Answer,
    Audio,
    Card,
    Cut,
    DuplicateCompleted,
    Fail,
    FollowUps,
    FunctionCall,
    Interrupt,
    Knowledge,
    NextAnswer,
    NoDone,
    NoVerdict,
    Ping,
    Reasoning,
    RequiresAction,
    Say,
    Silence,
    Step,
    ToolResponse,
    Verbose,
)
from simulators.coze.wire import Wire
from tests.wire.hearing import read, told

QUICK = Timeouts(poll_intervals=(0.005, 0.01), relist=0.005, trailing=0.3, idle=0.02, probe_interval=0.01)
LIBERTIES: dict[str, Any] = {
    "crlf": True,
    "comments": True,
    "ids": True,
    "space": True,
    "raw_separators": True,
    "retry": True,
}
WIRES = {
    "plain": Wire(),
    "bytes": Wire(slice=1, raw_separators=True),
    "wild-1": Wire(seed=1, **LIBERTIES),
    "wild-2": Wire(seed=2, **LIBERTIES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What Coze does, and what its client makes of it."""

    steps: tuple[Step, ...] = (Say(("Hel", "lo")),)
    shown: tuple[str, ...] = ("Hello",)
    offers: tuple[str, ...] = ()
    fails: type[BridgeError] | None = None  #: instead of an answer
    says: str | None = None  #: the sentence for people
    on_studio: dict[str, Any] = field(default_factory=dict)  #: what is otherwise there
    before: Callable[[Coze], None] = lambda _coze: None


def _refuses(**fault: Any) -> Callable[[Coze], None]:
    return lambda coze: coze.faults.add("chat", **fault)


def _lists_late(coze: Coze) -> None:
    coze.late_lists = 1


_HALF = Say(("Hel",))
_REST = Say(("lo",))
_FAILED_ON_STUDIO = {"fails": ChatFailed, "says": None}  # it has one number for whatever goes wrong in a run
_TEXT = "你好 😀 a\u2028b\u2029c\x85d & <b>e</b>"

SCENARIOS = {
    "happy": Scenario(),
    "several answers": Scenario(steps=(Say(("a",)), NextAnswer(), Say(("b", "c"))), shown=("a", "bc")),
    "follow-ups": Scenario(steps=(_HALF, _REST, FollowUps(("And?", "Why?"))), offers=("And?", "Why?")),
    "reasoning": Scenario(steps=(Reasoning(("hm", "so")), _HALF, _REST)),
    "card": Scenario(steps=(Card(),), shown=("A card",)),
    "function call": Scenario(steps=(FunctionCall(), ToolResponse(), ToolResponse(type="tool_output"), _HALF, _REST)),
    "knowledge": Scenario(steps=(Knowledge(), Verbose(), _HALF, _REST)),
    "interrupt": Scenario(steps=(Interrupt(question="Which city?"),), shown=("Which city?",)),
    "interrupt with an event": Scenario(steps=(Interrupt(question="Which city?", event=True),), shown=("Which city?",)),
    "our function": Scenario(
        steps=(_HALF, RequiresAction(name="When"), Say(("on",))),
        shown=("Hel", "on"),
        on_studio={"shown": ("Hel", "When?")},  # where no function is ours: whatever waits, waits for the person
    ),
    "reply wanted": Scenario(
        steps=(Answer("Which?"), RequiresAction(type="reply_message", name="When")),
        shown=("Which?",),
        on_studio={"shown": ("Which?", "When?")},
    ),
    "code in a string": Scenario(
        steps=(Fail("4014", "no", shape="error"),),
        fails=Refused,
        says="refused_content",
        on_studio={"fails": Later, "says": None},
    ),
    "error without a word": Scenario(steps=(Fail(None, shape="error"),), fails=ChatFailed, on_studio={"fails": Later}),
    "failed": Scenario(steps=(_HALF, Fail(4014)), fails=Refused, says="refused_content", on_studio=_FAILED_ON_STUDIO),
    "failed, bare": Scenario(
        steps=(_HALF, Fail(4014, shape="bare")), fails=Refused, says="refused_content", on_studio=_FAILED_ON_STUDIO
    ),
    "JSON with 200": Scenario(before=_refuses(status=200, body={"code": 4100, "msg": "no"}), fails=Unauthorised),
    "JSON with 400": Scenario(before=_refuses(status=400, body={"code": 400, "msg": "agent not match"}), fails=Refused),
    "429 with a time": Scenario(before=_refuses(status=429, headers={"Retry-After": "7"}), fails=RateLimited),
    "429 without": Scenario(before=_refuses(status=429), fails=RateLimited),
    "cut, then completed": Scenario(steps=(_HALF, Cut(), _REST)),
    "cut, then failed": Scenario(
        steps=(_HALF, Cut(), Fail(4014)),
        fails=Refused,
        says="refused_content",
        on_studio={"fails": None, "shown": ("Hel",)},  # it keeps no failures: the chat is completed with what was said
    ),
    "silence": Scenario(steps=(_HALF, Silence(0.1), _REST)),
    "ping": Scenario(steps=(Ping(), _HALF, Ping(), _REST)),
    "separators and emoji": Scenario(steps=(Say(tuple(_TEXT)),), shown=(_TEXT,)),
    "completed twice": Scenario(steps=(_HALF, _REST, NextAnswer(), DuplicateCompleted())),
    "completed without deltas": Scenario(steps=(Answer("Hello"),)),
    "no done": Scenario(steps=(_HALF, _REST, NoDone())),
    "no verdict": Scenario(steps=(_HALF, _REST, NoVerdict())),
    "listed late": Scenario(steps=(Cut(), _HALF, _REST), before=_lists_late),
    "sound behind the end": Scenario(steps=(_HALF, _REST, Audio())),
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("flavour", ["cloud", "studio"])
@pytest.mark.parametrize("name", SCENARIOS)
async def test_each_is_understood(name: str, flavour: str, wire: str) -> None:
    async with Coze(flavour=flavour) as coze, CozeConnection(coze.url, StaticToken(TOKEN), timeouts=QUICK) as home:
        coze.every, coze.wire = 0, WIRES[wire]
        bot, scenario = home.bot("assistant", BOT), SCENARIOS[name]
        conversation = await bot.open_conversation("u-1")
        coze.will_play(*scenario.steps)
        scenario.before(coze)
        heard = await _heard(bot, conversation)

    expected: dict[str, Any] = {
        "shown": scenario.shown,
        "offers": scenario.offers,
        "fails": scenario.fails,
        "says": scenario.says,
    }
    if flavour == "studio":
        expected |= scenario.on_studio
    if expected["fails"]:
        assert expected["fails"] is type(heard)
        assert expected["says"] in (None, heard.message_id)
    else:
        assert not isinstance(heard, BridgeError), heard
        assert isinstance(heard[-1], ChatFinished)
        assert [*expected["shown"]] == read(heard)
        assert expected["offers"] == tuple(event.text for event in heard if isinstance(event, FollowUpSuggested))


@pytest.mark.parametrize(("flavour", "wire"), [*product(("cloud", "studio"), WIRES)])
async def test_a_conversation_that_is_gone_can_be_replaced(flavour: str, wire: str) -> None:
    """The cloud says that it is gone, and a new one has to be opened; Studio replaces it without being asked, and tells."""
    async with Coze(flavour=flavour) as coze, CozeConnection(coze.url, StaticToken(TOKEN), timeouts=QUICK) as home:
        coze.every, coze.wire = 0, WIRES[wire]
        bot = home.bot("assistant", BOT)
        coze.will_say("Hel", "lo")
        heard = await _heard(bot, "77")
        if flavour == "cloud":
            assert isinstance(heard, ConversationLost)
            heard = await _heard(bot, await bot.open_conversation("u-1"))

        assert ["Hello"] == read(heard)
        assert "77" != heard[0].conversation_id


@pytest.mark.parametrize("wire", WIRES)
async def test_a_second_chat_in_a_conversation_is_told_to_wait(wire: str) -> None:
    """By an event in a stream, before there is a chat; Studio has no such rule."""
    async with Coze() as coze, CozeConnection(coze.url, StaticToken(TOKEN), timeouts=QUICK) as home:
        coze.every, coze.wire = 0, WIRES[wire]
        bot = home.bot("assistant", BOT)
        conversation = await bot.open_conversation("u-1")
        coze.will_say("Hel", pause_until="never")
        async with aclosing(bot.ask(_question(conversation))) as events:
            await anext(events)

            assert isinstance(await _heard(bot, conversation), Occupied)


def _question(conversation: str) -> Question:
    return Question(key="k1", user_id="u-1", conversation_id=conversation, text="hello")


async def _heard(bot: Any, conversation: str) -> Any:
    """What the bot says to a question, or how it fails."""
    try:
        return await told(bot.ask(_question(conversation)))
    except BridgeError as failure:
        return failure
