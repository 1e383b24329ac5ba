"""What somebody may learn and do about themselves outside any answer, on pages that a platform shows to them alone."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bridge.sdk.model import Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A bot that somebody can ask."""

    bot: str  #: the name people know it by
    opening: str = ""  #: with which words a question to it begins; empty: any


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What there is for one person in one place, in their language."""

    greeting: str = ""  #: the bot's own opening words, in Markdown
    offers: tuple[Offer, ...] = ()  #: whom they can ask
    prompts: tuple[str, ...] = ()  #: what they could ask first
    limits: tuple[str, ...] = ()  #: what they may still ask for, a sentence each
    linked: tuple[str, ...] = ()  #: the names of the adapters at which they are the same person


class SelfService(Protocol):
    """
    The core, as a person's own pages need it.

    A *visitor* is who looks at a page, as a message that says nothing, in the place where they would say something.
    Everything here raises `Later` while the database or a bot's side is away.
    """

    async def may_talk(self, visitor: Inbound) -> bool:
        """Whether they may talk there; who may not is turned away as for a message."""

    async def overview(self, visitor: Inbound) -> Overview | None:
        """What there is for them there; None if they may not talk there."""

    async def forget(self, visitor: Inbound) -> None:
        """Erase all that is kept about them, with their own conversations at the bots' sides."""


@runtime_checkable
class HasPages(Protocol):
    """An adapter whose platform has pages of the app for one person, such as a form or a home."""

    def set_self_service(self, service: SelfService) -> None:
        """Learn whom to ask what stands there, before `run`."""
