"""What all the answers of one bot share: its API, its budgets, and how answers grow."""

from dataclasses import dataclass, field
from typing import Final

from adapters.telegram.api import TelegramApi
from adapters.telegram.options import TelegramStreamMode
from adapters.telegram.pace import Pace

SLOWER_AFTER: Final = 10  # frames
SLOWER_BY: Final = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a growing answer is shown, in seconds."""

    every: float
    slowest: float

    def after(self, frames: int) -> float:
        """The pause before the next frame: long answers grow in larger steps."""
        return float(min(self.slowest, self.every * SLOWER_BY ** (frames // SLOWER_AFTER)))


DRAFTS: Final = Rhythm(every=0.9, slowest=6.0)
PRIVATE_EDITS: Final = Rhythm(every=1.2, slowest=6.0)
GROUP_EDITS: Final = Rhythm(every=3.0, slowest=10.0)


@dataclass(slots=True, kw_only=True)
class TelegramSharedState:
    """What all the answers of one bot share."""

    adapter: str
    api: TelegramApi
    pace: Pace = field(default_factory=Pace)
    stream: TelegramStreamMode = TelegramStreamMode.AUTO
    drafts: bool = True  #: whether the server knows drafts

    def rhythm(self, *, private: bool) -> tuple[Rhythm | None, bool]:
        """How answers grow in such a chat, and whether as drafts."""
        match self.stream:
            case TelegramStreamMode.OFF:
                return None, False
            case TelegramStreamMode.DRAFT:
                return (DRAFTS, True) if private and self.drafts else (None, False)
            case TelegramStreamMode.AUTO if private and self.drafts:
                return DRAFTS, True
        return (PRIVATE_EDITS if private else GROUP_EDITS), False
