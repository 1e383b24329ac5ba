"""Forgetting one person: their conversations at the bots' sides first, then every row of ours."""

from collections.abc import Callable, Mapping

from bridge.sdk.errors import Never
from bridge.sdk.ports import Bot
from bridge.store.claim import owner_of_conversation
from bridge.store.people import People

Refusal = Callable[[str, str], None]
"""Told the bot and the reason where a bot's side will not forget."""


async def erase_person(people: People, bots: Mapping[str, Bot], adapter: str, person: str, *, refused: Refusal) -> bool:
    """
    Erase all that is kept about *person*; False if that was nothing.

    `Later` while a bot's side cannot be reached: nothing of ours is erased then, so that it can be done again.
    """
    for memory in await people.memories(adapter, person):
        if bot := bots.get(memory.bot):
            try:
                owner = owner_of_conversation("person/", memory.user_id)
                await bot.for_owner(owner).forget(memory.conversation_id)
            except Never as refusal:
                refused(memory.bot, refusal.detail)
    return await people.erase(adapter, person)
