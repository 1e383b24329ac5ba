"""A config file that was refused is told to the admins who have talked with us alone, once for each such file."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bridge.routing.access import groups_of, members
from bridge.routing.rules import Rules
from bridge.routing.scopes import scopes_at
from bridge.sdk.errors import Later
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Address, ChatType, Inbound, Person
from bridge.store.admission import Admission
from bridge.store.database import Database
from bridge.store.heard import newest_in_private
from bridge.store.inbox import Inbox

COMPLAINTS_MOST: Final = 5
"""Complaints that are told in a chat; the log has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFileNotice:
    """Tells admins, as pushes: replicas that read the same file tell it once together."""

    rules: Callable[[], Rules]
    database: Database
    inbox: Inbox

    async def tell(self, complaints: str) -> None:
        """Tell every admin whose private chat is known; while the database is away nobody, for the log has said it."""
        settings = self.rules().settings
        with suppress(Later):
            for admin in sorted(members(settings.access.admins, groups_of(settings))):
                adapter, _, person = admin.partition(":")
                if heard := await newest_in_private(self.database, adapter, person):
                    shared, _ = scopes_at(heard.where)
                    await self.inbox.accept(_news(heard, complaints), Admission.in_order(shared[0]))


def _news(heard: Inbound, complaints: str) -> Inbound:
    language = heard.author.language
    first = complaints.splitlines()
    told = [*first[:COMPLAINTS_MOST], *(["…"] if first[COMPLAINTS_MOST:] else [])]
    key = blake2b(f"{heard.where}\n{complaints}".encode(errors="replace"), digest_size=16).hexdigest()
    return Inbound(
        dedupe_keys=(f"bad file:{key}",),
        where=heard.where,
        chat_type=ChatType.PRIVATE,
        author=Person(id=""),
        text="\n".join([translate(MessageId.BAD_FILE, language), "```", *told, "```"]),
        address=Address.TO_US,
        sent_at=time.time(),
        pushed=True,
    )
