"""A real question to a bot, and how long its first word and its end take."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack, aclosing
from typing import Final

from bridge.config.settings import Settings
from bridge.coze.build import open_bots
from bridge.sdk.checks import Finding, Findings, fail, ok, warn
from bridge.sdk.errors import BridgeError
from bridge.sdk.model import Delta, MessageCompleted, Question
from bridge.sdk.ports import Bot

QUESTION: Final = "Hello! Please answer in one short sentence."
ANSWER_SECONDS: Final = 90.0


async def ask(settings: Settings, name: str, *, within: float = ANSWER_SECONDS) -> Findings:
    """What that bot says to a real question; it costs what a question costs."""
    key = f"doctor-{uuid.uuid4().hex[:12]}"
    async with AsyncExitStack() as stack:
        yield await _told((await open_bots(stack, settings.coze, {name: settings.bots[name]}))[name], key, within)


async def _told(bot: Bot, key: str, within: float) -> Finding:
    remedy = "try it in Coze's own preview, and mend it there"
    try:
        async with asyncio.timeout(within):
            return await _answer(bot, key)
    except TimeoutError:
        return fail(f"no answer within {within:.0f} s", remedy)
    except BridgeError as failure:
        logid = f", log id {failure.log_id}" if failure.log_id else ""
        return fail(f"no answer ({failure.detail}{logid})", remedy)


async def _answer(bot: Bot, key: str) -> Finding:
    begun, first, said = time.monotonic(), None, 0
    bot = bot.for_owner(key)
    conversation = await bot.open_conversation(key)
    question = Question(key=key, user_id=key, conversation_id=conversation, text=QUESTION)
    async with aclosing(bot.ask(question)) as events:
        async for event in events:
            if isinstance(event, Delta | MessageCompleted) and event.text:
                first = first or time.monotonic() - begun
                said += len(event.text) if isinstance(event, MessageCompleted) else 0
    if first is None:
        return warn("it ended without a word", "try it in Coze's own preview: does the bot answer a greeting?")
    return ok(f"first word after {first:.1f} s, the end after {time.monotonic() - begun:.1f} s, {said} characters")
