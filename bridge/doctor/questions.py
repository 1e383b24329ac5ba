"""Asks a bot a real question, and measures its first word and its end; the conversation is deleted afterwards."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Final

from bridge.config.settings import Settings
from bridge.coze.assumptions import kept
from bridge.coze.build import open_bots
from bridge.doctor.far_sides import open_inquiry
from bridge.sdk.asking import ChatStarted, Delta, MessageCompleted, Question
from bridge.sdk.checks import Finding, Findings, Level, fail, ok, warn
from bridge.sdk.errors import BridgeError
from bridge.sdk.ports import Bot

QUESTION: Final = "Hello! Please answer in one short sentence."
ANSWER_SECONDS: Final = 90.0
DELETE_SECONDS: Final = 10.0


async def ask(settings: Settings, name: str, *, within: float = ANSWER_SECONDS) -> Findings:
    """What that bot says to a real question, which costs what a question costs; and whether Coze kept it as we assume."""
    key, section = f"doctor-{uuid.uuid4().hex[:12]}", settings.bots[name]
    async with AsyncExitStack() as stack:
        bots = await open_bots(stack, settings.coze, {name: section})
        finding, started = await _told(bots[name].for_owner(key), key, within, stack)
        yield finding
        if section.agent and started is not None and finding.level is Level.OK:
            inquiry = await open_inquiry(stack, section.coze, settings.coze[section.coze])
            async for kept_finding in kept(inquiry, started.conversation_id, started.chat_id, key):
                yield kept_finding


async def _told(bot: Bot, key: str, within: float, stack: AsyncExitStack) -> tuple[Finding, ChatStarted | None]:
    remedy = "try it in Coze's own preview, and mend it there"
    try:
        async with asyncio.timeout(within):
            conversation = await bot.open_conversation(key)
            stack.push_async_callback(_delete, bot, conversation)
            return await _answer(bot, key, conversation)
    except TimeoutError:
        return fail(f"no answer within {within:.0f} s", remedy), None
    except BridgeError as failure:
        logid = f", log id {failure.log_id}" if failure.log_id else ""
        return fail(f"no answer ({failure.detail}{logid})", remedy), None


async def _delete(bot: Bot, conversation: str) -> None:
    """Delete the conversation; one that cannot be deleted holds a greeting and its answer, and nothing personal."""
    with suppress(BridgeError, TimeoutError):
        async with asyncio.timeout(DELETE_SECONDS):
            await bot.delete_conversation(conversation)


async def _answer(bot: Bot, key: str, conversation: str) -> tuple[Finding, ChatStarted | None]:
    begun, first, said, started = time.monotonic(), None, 0, None
    question = Question(key=key, user_id=key, conversation_id=conversation, text=QUESTION)
    async with aclosing(bot.ask(question)) as events:
        async for event in events:
            started = event if isinstance(event, ChatStarted) else started
            if isinstance(event, Delta | MessageCompleted) and event.text:
                first = first or time.monotonic() - begun
                said += len(event.text) if isinstance(event, MessageCompleted) else 0
    if first is None:
        return warn("it ended without a word", "try it in Coze's own preview: does the bot answer a greeting?"), started
    seconds = time.monotonic() - begun
    return ok(f"first word after {first:.1f} s, the end after {seconds:.1f} s, {said} characters"), started
