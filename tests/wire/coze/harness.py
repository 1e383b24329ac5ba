"""A bot of our Coze client at a simulated Coze, and what is asked of it."""

import time
from contextlib import asynccontextmanager

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.timeouts import Timeouts
from bridge.sdk.asking import Question, Sought
from simulators.coze import BOT, TOKEN
from tests.wire.hearing import told

QUICK = Timeouts(poll_intervals=(0.005, 0.01), relist=0.005, cancel_again=0.005, trailing=0.3)


@asynccontextmanager
async def connected(coze, timeouts=QUICK, tokens=None):
    """A bot at *coze*."""
    async with CozeConnection(coze.url, tokens or StaticToken(TOKEN), timeouts=timeouts) as connection:
        yield connection.bot("assistant", BOT)


async def question(bot, text="hello", key="k1", **more):
    return Question(key=key, user_id="u-1", conversation_id=await bot.open_conversation("u-1"), text=text, **more)


def sought(asked):
    return Sought(key=asked.key, conversation_id=asked.conversation_id, text=asked.text, since=time.time() - 3)


async def answers(bot, **how):
    """The events of one new question."""
    return await told(bot.ask(await question(bot, **how)))
