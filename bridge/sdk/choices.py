"""What people choose for a memory: who answers there, and the link by which it began."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bridge.sdk import cleaning
from bridge.sdk.cleaning import Cleaned, Cleaner


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices(Cleaned):
    """What somebody has chosen for the memory that a message belongs to."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "bot": cleaning.optional(cleaning.line),
        "start": cleaning.line,
    }

    bot: str | None = None  #: which of the bots that the route offers; None: the first
    start: str = ""  #: the payload of the deep link by which it began, until it is forgotten


NO_CHOICES = Choices()
