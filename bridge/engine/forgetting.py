"""
Erases people: their conversations at the bots' sides first, then every row of ours.

A person asks for it, or was not heard of for too long. While a bot's side is away no row is erased, so that it can be done again.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from bridge.sdk import daemon_telemetry, telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.ports import Bot
from bridge.store.people import BotMemory, People
from bridge.store.retention import Retention

AT_ONCE: Final = 20
"""Conversations of a bot deleted in one round of the cleaner, one after the other."""

Refusal = Callable[[str, str], None]
"""Called with the bot's name and the reason where a bot's side refuses to delete a conversation."""


async def erase_person(people: People, bots: Mapping[str, Bot], adapter: str, person: str, *, refused: Refusal) -> bool:
    """
    Erase all that is kept about *person*; False if that was nothing.

    `Later` while a bot's side cannot be reached: nothing of ours is erased then, so that it can be done again.
    """
    for memory in await people.memories(adapter, person):
        if bot := bots.get(memory.bot):
            await _forget(bot, memory, refused)
    erased = await people.erase(adapter, person)
    await people.scrub()
    return erased


async def forget_unseen(people: People, bots: Mapping[str, Bot], retention: Retention, seconds: float) -> None:
    """
    Erase some of the memories that nobody used, and people who said nothing, for so many *seconds*; called again and again.

    While a bot's side is away, its conversations and their people are kept.
    """
    for name, bot in bots.items():
        with suppress(Later):
            for memory in await people.unused_memories(name, seconds, limit=AT_ONCE):
                await _forget(bot, memory, telemetry.memory_kept)
                await people.delete_memory(memory)
    await retention.prune_unused(seconds, bots=bots.keys())
    if forgotten := await people.erase_unseen(seconds, limit=1000):
        daemon_telemetry.people_forgotten(people=forgotten)


async def _forget(bot: Bot, memory: BotMemory, refused: Refusal) -> None:
    try:
        await bot.for_owner(memory.owner).delete_conversation(memory.conversation_id)
    except Never as refusal:  # it is not ours any more, and to ask again would not help
        refused(memory.bot, refusal.detail)
