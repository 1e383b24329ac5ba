"""Letting in who waits for it, from wherever an admin does so: the command, the console, a chat."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.config.settings import Settings
from bridge.routing.access import person_of
from bridge.routing.explanation import Explanation, explain, question
from bridge.routing.scopes import scopes_at
from bridge.routing.selftest import message_of
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Address, ChatType, Inbound, Person
from bridge.store.admission import Admission
from bridge.store.inbox import Inbox
from bridge.store.pairings import PairedPerson, Pairings


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
    """Approves codes, and has those told whom they let in."""

    pairings: Pairings
    inbox: Inbox

    async def explain(self, settings: Settings, asked: Mapping[str, str]) -> Explanation:
        """What happens to the message that is *asked* about, also of who was let in; ValueError for what no message could be."""
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
        """Let *person* in no longer; False if they were not let in and did not wait."""
        return await self.pairings.revoke(person)

    async def approve(self, code: str) -> str | None:
        """Let in who has that *code*; gives whom, as ``adapter:user``, or None if nobody has it, or not any more."""
        paired = await self.pairings.approve(code)
        if paired is None:
            return None
        shared, _ = scopes_at(paired.where)
        await self.inbox.accept(_news(paired), Admission.in_order(shared[0]))
        return paired.person


def _news(paired: PairedPerson) -> Inbound:
    """What who was let in is told, as a push that the daemon delivers."""
    return Inbound(
        dedupe_keys=(f"let in:{paired.code}",),
        where=paired.where,
        chat_type=ChatType.PRIVATE,
        author=Person(id=paired.person.partition(":")[2]),
        text=translate(MessageId.LET_IN, paired.language),
        address=Address.TO_US,
        sent_at=time.time(),
        pushed=True,
    )
