"""``/privacy``: tells people what is kept about them, exports it, and erases it once they have confirmed that."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.config.settings import PrivacySettings
from bridge.engine.forgetting import erase_person
from bridge.engine.responses import GivenCommand, Response
from bridge.sdk import telemetry
from bridge.sdk.answers import Buttons, CommandButton
from bridge.sdk.i18n import MessageId, duration, translate
from bridge.sdk.model import CommandName, MediaBytes
from bridge.sdk.ports import Bot
from bridge.store.people import People


class Wish(StrEnum):
    """The words that may follow the command."""

    EXPORT = "export"
    FORGET = "forget"
    FORGET_SURELY = "forget yes"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Executes the command."""

    settings: Callable[[], PrivacySettings]
    people: People
    bots: Mapping[str, Bot]

    async def respond(self, given: GivenCommand) -> Response:
        """Do what the words behind the command say; in a group, say that it has to be asked in private."""
        if refusal := given.refused_in_group(CommandName.PRIVACY):
            return refusal
        message, language = given.claimed.message, given.language
        match " ".join(given.words.lower().split()):
            case Wish.EXPORT:
                return await self._export(message.where.adapter, message.author.id, language)
            case Wish.FORGET:
                return _confirm(language)
            case Wish.FORGET_SURELY:
                return await self._forget(message.where.adapter, message.author.id, language)
            case Wish.KEEP:
                return Response(text=translate(MessageId.PRIVACY_KEPT, language))
        return self._overview(language)

    def _overview(self, language: str | None) -> Response:
        kept = self.settings()
        messages = MessageId.PRIVACY_MESSAGES if kept.keep_messages else MessageId.PRIVACY_NO_MESSAGES
        lines = [
            translate(MessageId.PRIVACY, language),
            translate(messages, language, time=duration(kept.keep_messages, language)),
            translate(MessageId.PRIVACY_MEMORY, language, time=duration(kept.keep_people, language)),
        ]
        if kept.keys:
            lines.append(translate(MessageId.PRIVACY_ENCRYPTED, language))
        offers = ((MessageId.PRIVACY_EXPORT, Wish.EXPORT), (MessageId.PRIVACY_FORGET, Wish.FORGET))
        return Response(text="\n".join(lines), buttons=_buttons(offers, language))

    async def _export(self, adapter: str, person: str, language: str | None) -> Response:
        found = await self.people.export(adapter, person)
        data = json.dumps(found, ensure_ascii=False, indent=2, default=str).encode(errors="replace")
        file = MediaBytes(name="about-you.json", mime="application/json", data=data)
        return Response(text=translate(MessageId.PRIVACY_EXPORTED, language), file=file)

    async def _forget(self, adapter: str, person: str, language: str | None) -> Response:
        """Erase everything, this command too; memories that are shared with others stay."""
        await erase_person(self.people, self.bots, adapter, person, refused=telemetry.memory_kept)
        telemetry.person_forgotten(adapter=adapter)
        return Response(text=translate(MessageId.PRIVACY_FORGOTTEN, language), leaves_row=False)


def _confirm(language: str | None) -> Response:
    offers = ((MessageId.PRIVACY_YES, Wish.FORGET_SURELY), (MessageId.PRIVACY_NO, Wish.KEEP))
    return Response(text=translate(MessageId.PRIVACY_CONFIRM, language), buttons=_buttons(offers, language))


def _buttons(offers: tuple[tuple[MessageId, Wish], ...], language: str | None) -> Buttons:
    return Buttons(
        commands=tuple(
            CommandButton(label=translate(label, language), command=CommandName.PRIVACY, words=words)
            for label, words in offers
        )
    )
