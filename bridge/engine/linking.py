"""``/link``: joins somebody's accounts on several platforms into one person, and parts them again."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bridge.engine.announcement import announce
from bridge.engine.following import follow
from bridge.engine.responses import GivenCommand, Response
from bridge.routing.access import person_of
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.homes import Home
from bridge.sdk.i18n import MessageId, duration, time_ahead, translate
from bridge.sdk.model import ChatType, CommandName, Inbound
from bridge.sdk.ports import Bot
from bridge.store.inbox import Inbox
from bridge.store.links import VALID, Linked, LinkRefusal, Links, Side
from bridge.store.payments import OverLimit
from bridge.store.people import BotMemory

OFF: Final = "off"


@dataclass(slots=True)
class LinkedPeople:
    """
    Where linked people are at home, known without asking the database.

    A link made by another replica is known a moment later: until then a message belongs to the memory it had before.
    """

    links: Links
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _homes: Mapping[str, Home] = field(default_factory=dict, init=False)

    def at_home(self, message: Inbound) -> Inbound:
        """*message* with the home of its author, if it is a private message of a linked person."""
        if not self._homes or message.chat_type is not ChatType.PRIVATE:
            return message
        home = self._homes.get(person_of(message))
        return replace(message, home=home) if home else message

    def accounts(self, person: str) -> list[str]:
        """The other accounts of that person, each as ``adapter:user``."""
        home = self._homes[person].name if person in self._homes else person
        together = {home, *(guest for guest, where in self._homes.items() if where.name == home)}
        return sorted(together - {person})

    async def refresh(self) -> None:
        """Learn all links as they are now."""
        self._homes = await self.links.homes()

    async def follow(self) -> None:
        """Learn them again and again, until cancelled."""
        await follow(self.changed, self.refresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """The command."""

    linked: LinkedPeople
    inbox: Inbox
    bots: Mapping[str, Bot]

    async def respond(self, given: GivenCommand) -> Response:
        """Give a code, redeem one, or unlink; in private chats alone, as whoever reads a code can use it."""
        if refusal := given.refused_in_group(CommandName.LINK):
            return refusal
        message, language = given.claimed.message, given.language
        side = Side(person=person_of(message), where=replace(message.where, thread=None), language=language)
        words, link = given.words.strip(), given.format_command(CommandName.LINK)
        if not words:
            return await self._offer(side, link)
        if words.lower() == OFF:
            return await self._part(side)
        return await self._redeem(words, side, given.claimed.scope, link)

    async def _offer(self, side: Side, link: str) -> Response:
        code = await self.linked.links.offer(side)
        if isinstance(code, OverLimit):
            return _too_often(code, side.language)
        valid = duration(VALID, side.language)
        return Response(text=translate(MessageId.LINK_CODE, side.language, code=code, time=valid, link=link))

    async def _redeem(self, code: str, side: Side, scope: str, link: str) -> Response:
        outcome = await self.linked.links.redeem(code, side, scope)
        match outcome:
            case OverLimit():
                return _too_often(outcome, side.language)
            case LinkRefusal():
                return Response(text=translate(_REFUSALS[outcome], side.language, link=link, off=f"{link} {OFF}"))
            case Linked():
                await self.linked.refresh()
                await self._tell(outcome.other, MessageId.LINK_TOLD, f"{side.person} {code.upper()}")
                await self._end(outcome.ended)
                return Response(text=translate(MessageId.LINK_DONE, side.language, off=f"{link} {OFF}"))

    async def _part(self, side: Side) -> Response:
        others = await self.linked.links.unlink(side.person)
        await self.linked.refresh()
        for other in others:
            await self._tell(other, MessageId.LINK_PARTED, f"{side.person} {time.time_ns()}")
        said = MessageId.LINK_PARTED if others else MessageId.LINK_NOTHING
        return Response(text=translate(said, side.language))

    async def _tell(self, side: Side, sentence: MessageId, key: str) -> None:
        """Say that *sentence* to the other account."""
        await announce(
            translate(sentence, side.language, off=f"{CommandName.LINK} {OFF}"),
            inbox=self.inbox,
            where=side.where,
            key=f"link:{key}",
            person=side.person.partition(":")[2],
        )

    async def _end(self, memories: tuple[BotMemory, ...]) -> None:
        """Delete, at the bots' sides, the conversations that the link has ended; one that cannot be deleted is never used again."""
        for memory in memories:
            if bot := self.bots.get(memory.bot):
                try:
                    await bot.for_owner(memory.owner).delete_conversation(memory.conversation_id)
                except (Later, Never) as refusal:
                    telemetry.memory_kept(memory.bot, refusal.detail)


_REFUSALS: Final = {
    LinkRefusal.UNKNOWN: MessageId.LINK_UNKNOWN,
    LinkRefusal.OWN: MessageId.LINK_OWN,
    LinkRefusal.LINKED: MessageId.LINK_ALREADY,
}


def _too_often(over: OverLimit, language: str | None) -> Response:
    return Response(text=translate(MessageId.SLOW_DOWN, language, when=time_ahead(over.wait, language)))
