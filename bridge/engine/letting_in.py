"""Pairing: an admin lets people in by the codes that they were shown, in a chat, in the console or by the command."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.config.settings import Settings
from bridge.engine.announcement import announce
from bridge.routing.access import person_of
from bridge.routing.explanation import Explanation, explain, question
from bridge.routing.selftest import message_of
from bridge.sdk.i18n import MessageId, translate
from bridge.store.inbox import Inbox
from bridge.store.pairings import Pairings


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPerson:
    """Somebody who waits to be let in."""

    code: str  #: what they were shown
    person: str  #: as ``adapter:user``
    age: float  #: seconds since they asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedPerson:
    """Somebody who was let in."""

    person: str  #: as ``adapter:user``
    since: float  #: seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class LettingIn:
    """Approves pairing codes, and tells people that they were let in."""

    pairings: Pairings
    inbox: Inbox

    async def explain(self, settings: Settings, asked: Mapping[str, str]) -> Explanation:
        """How the rules treat the message that is *asked* about, pairing included; ValueError for what no message could be."""
        test = question(asked)
        let_in = await self.pairings.is_let_in(person_of(message_of(settings, test)))
        return explain(settings, test, is_paired=lambda _: let_in)

    async def waiting(self) -> list[WaitingPerson]:
        """Everybody with a code that can be approved, the oldest first."""
        known = [one for one in await self.pairings.all() if one.let_in_at is None]
        return [
            WaitingPerson(code=one.code, person=one.person, age=max(0.0, time.time() - one.asked_at))
            for one in reversed(known)
        ]

    async def admitted(self) -> list[AdmittedPerson]:
        """Everybody who was let in, the newest first."""
        known = await self.pairings.all()
        return [AdmittedPerson(person=one.person, since=one.let_in_at) for one in known if one.let_in_at is not None]

    async def revoke(self, person: str) -> bool:
        """Take *person*'s access or code away; False if they had neither."""
        return await self.pairings.revoke(person)

    async def approve(self, code: str) -> str | None:
        """Let the person with that *code* in, and give them, as ``adapter:user``; None for a code that is not valid, or not any more."""
        paired = await self.pairings.approve(code)
        if paired is None:
            return None
        await announce(
            translate(MessageId.LET_IN, paired.language),
            inbox=self.inbox,
            where=paired.where,
            key=f"let in:{paired.code}",
            person=paired.person.partition(":")[2],
        )
        return paired.person
