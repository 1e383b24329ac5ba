"""
Pausing: an admin can have a person's messages, or those of a conversation, dropped until they are resumed.

It is asked wherever access is asked, so this process keeps a copy. An answer that has begun is finished; a question that waits
is dropped when its turn comes.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.engine.following import follow
from bridge.engine.linking import LinkedPeople
from bridge.routing.access import identity_of, person_of
from bridge.routing.scopes import is_scope
from bridge.sdk.model import Inbound
from bridge.store.pauses import Pauses


@dataclass(slots=True)
class Paused:
    """What is paused, as this process knows it; what another replica changes is known a moment later."""

    pauses: Pauses
    linked: LinkedPeople
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    #: when each subject was paused, newest first; seconds since 1970
    since: Mapping[str, float] = field(default_factory=dict, init=False)

    @property
    def people(self) -> Mapping[str, float]:
        """Since when each of them is paused, as ``adapter:user``."""
        return {subject: since for subject, since in self.since.items() if not is_scope(subject)}

    @property
    def conversations(self) -> Mapping[str, float]:
        """Since when each of them is paused, by scope."""
        return {subject: since for subject, since in self.since.items() if is_scope(subject)}

    def subject_of(self, message: Inbound, scope: str) -> str | None:
        """What is paused of *message* in *scope*: its author, on any of their platforms, or the conversation; None: nothing."""
        if not self.since:
            return None
        subjects = (person_of(message), identity_of(message), scope)
        return next((subject for subject in subjects if subject in self.since), None)

    async def pause(self, subject: str) -> bool:
        """Pause a person, given as ``adapter:user``, or a scope; False if nobody knows it, or it is paused already."""
        paused = await self.pauses.pause(self._accounts(subject))
        await self.refresh()
        return paused

    async def unpause(self, subject: str) -> bool:
        """Resume it; False if it was not paused."""
        resumed = await self.pauses.unpause(self._accounts(subject))
        await self.refresh()
        return resumed

    async def refresh(self) -> None:
        """Learn what is paused now."""
        self.since = await self.pauses.all()

    async def follow(self) -> None:
        """Learn it again and again, until cancelled."""
        await follow(self.changed, self.refresh)

    def _accounts(self, subject: str) -> list[str]:
        """*subject* with the accounts that are linked to it."""
        return [subject, *self.linked.accounts(subject)]
