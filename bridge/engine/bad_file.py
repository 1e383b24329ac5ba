"""Tells admins in their private chats that a changed config file was refused, once for each such file."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bridge.engine.announcement import announce
from bridge.routing.access import groups_of, members
from bridge.routing.rules import Rules
from bridge.sdk.errors import Later
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Place
from bridge.store.database import Database
from bridge.store.heard import newest_in_private
from bridge.store.inbox import Inbox

COMPLAINTS_MOST: Final = 5
"""Complaints that are told in a chat; the log has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFileNotice:
    """The notice to admins; replicas that read the same file send it once together."""

    rules: Callable[[], Rules]
    database: Database
    inbox: Inbox

    async def tell(self, complaints: str) -> None:
        """Tell every admin whose private chat is known; nobody while the database is away, as the log tells it anyway."""
        settings = self.rules().settings
        with suppress(Later):
            for admin in sorted(members(settings.access.admins, groups_of(settings))):
                adapter, _, person = admin.partition(":")
                if heard := await newest_in_private(self.database, adapter, person):
                    text = _sentence(complaints, heard.author.language)
                    await announce(text, inbox=self.inbox, where=heard.where, key=_key(heard.where, complaints))


def _key(where: Place, complaints: str) -> str:
    digest = blake2b(f"{where}\n{complaints}".encode(errors="replace"), digest_size=16)
    return f"bad file:{digest.hexdigest()}"


def _sentence(complaints: str, language: str | None) -> str:
    """That the file was refused, and the first *complaints* about it."""
    lines = complaints.splitlines()
    told = [*lines[:COMPLAINTS_MOST], *(["…"] if lines[COMPLAINTS_MOST:] else [])]
    return "\n".join([translate(MessageId.BAD_FILE, language), "```", *told, "```"])
