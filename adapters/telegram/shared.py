"""What all answers of one bot share: its API, its budgets, and what the server was found not to support."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Self
from weakref import WeakValueDictionary

from adapters.telegram.api import TelegramApi
from adapters.telegram.drafts import DraftTurns
from adapters.telegram.errors import BadMessage, DraftsRefused, MethodMissing
from adapters.telegram.lost_sends import MessageIds
from adapters.telegram.options import TelegramOptions, TelegramStreamMode
from adapters.telegram.pace import Pace
from adapters.telegram.sending import TelegramSender
from adapters.telegram.silenced import Silenced
from bridge.sdk import telemetry

SLOWER_AFTER: Final = 10  # frames
SLOWER_BY: Final = 1.25
DRAFTLESS_MOST: Final = 10_000  # chats
THINKING_AFTER: Final = 3.0
"""Seconds that everybody thinks; then an empty draft, which clients show as “Thinking…”, says that this is no accident.

https://core.telegram.org/bots/api#sendmessagedraft"""
FIRST_HELD: Final = 0.6  # seconds in which a bot that streams has said a few words; not documented


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a growing answer is shown, and by what."""

    every: float  #: seconds between previews
    slowest: float  #: ... at most, in a long answer
    by_drafts: bool = False  #: whether previews are drafts, which leave nothing behind; else edits of a message

    def after(self, frames: int) -> float:
        """Seconds before the next frame; long answers grow in larger steps."""
        return float(min(self.slowest, self.every * SLOWER_BY ** (frames // SLOWER_AFTER)))


DRAFTS: Final = Rhythm(every=0.9, slowest=6.0, by_drafts=True)
PRIVATE_EDITS: Final = Rhythm(every=1.2, slowest=6.0)
GROUP_EDITS: Final = Rhythm(every=3.0, slowest=10.0)


@dataclass(slots=True, kw_only=True)
class TelegramSharedState:
    """The shared state of one bot token's sinks."""

    adapter: str  #: its name in the config
    api: TelegramApi
    pace: Pace = field(default_factory=Pace)
    sender: TelegramSender = field(init=False)
    stream: TelegramStreamMode = TelegramStreamMode.AUTO
    reactions: bool = False  #: whether a question in a group bears a sign while it is answered
    rich: bool = False  #: whether structured answers are rich messages, and the server is not known to have none
    follow_ups_for_asker: bool = False  #: whether in groups who asked alone may press the questions below the answer
    drafts: bool = True  #: whether the server knows drafts
    placeholders: bool = True  #: whether it knows empty ones, which say that the bot thinks (Bot API 10.0)
    reveals_missing: bool = True  #: whether it refuses the edit of a missing message, by which lost ones are found
    draft_turns: DraftTurns = field(default_factory=DraftTurns)
    message_ids: MessageIds = field(default_factory=MessageIds)
    _posting: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)  #: by chat
    silenced: Silenced = field(default_factory=Silenced)
    _draftless: dict[str, None] = field(default_factory=dict)  #: chats that take none, the one refused last at the end

    def __post_init__(self) -> None:
        self.sender = TelegramSender(adapter=self.adapter, pace=self.pace)

    @classmethod
    def from_options(cls, name: str, options: TelegramOptions) -> Self:
        """Build it from the section *name* of the config."""
        api = TelegramApi(
            options.token.get_secret_value(),
            options.api_url,
            options.proxy,
            files=options.files,
            link_previews=options.link_previews,
            channel_posts=options.channel_posts,
        )
        return cls(
            adapter=name,
            api=api,
            pace=Pace(rate=options.rate),
            stream=options.stream,
            reactions=options.reactions,
            rich=options.rich,
            follow_ups_for_asker=options.follow_ups == "asker",
        )

    @property
    def speaks_alone(self) -> bool:
        """Whether no other replica speaks for the bot, so that this process knows all messages of the bot."""
        return self.pace.replicas == 1

    def posting(self, chat: str) -> asyncio.Lock:
        """The lock held while a new message is on its way into that chat."""
        return self._posting.setdefault(chat, asyncio.Lock())

    def note_drafts_refused(self, chat: str, refusal: MethodMissing | DraftsRefused) -> None:
        """Stop using drafts: everywhere if the server does not know them, else in that chat."""
        if isinstance(refusal, MethodMissing):
            self.drafts = False
        else:
            self.refuse_drafts(chat)
        telemetry.feature_missing(adapter=self.adapter, feature="drafts", because=refusal.detail)

    def note_rich_refused(self, refusal: MethodMissing | BadMessage) -> None:
        """Stop sending rich messages if the server does not know them, in which case it misses the text."""
        if isinstance(refusal, MethodMissing) or "text is empty" in refusal.detail.lower():
            self.rich = False
        telemetry.feature_missing(adapter=self.adapter, feature="rich messages", because=refusal.detail)

    def note_missing_edited(self) -> None:
        """Stop looking for lost messages: the server takes the edit of a message that is not there."""
        self.reveals_missing = False
        telemetry.feature_missing(adapter=self.adapter, feature="finding lost messages", because="it takes any edit")

    def note_placeholder_refused(self, refusal: BadMessage) -> None:
        """Stop showing empty drafts, which the server refuses."""
        self.placeholders = False
        telemetry.feature_missing(adapter=self.adapter, feature="placeholders", because=refusal.detail)

    def refuse_drafts(self, chat: str) -> None:
        """Note that the chat takes no drafts; the newest `DRAFTLESS_MOST` are remembered."""
        self._draftless[chat] = None
        if len(self._draftless) > DRAFTLESS_MOST:
            del self._draftless[next(iter(self._draftless))]

    def rhythm(self, chat: str, *, private: bool) -> Rhythm | None:
        """The rhythm of previews in the chat; None for no previews."""
        drafts = private and self.drafts and chat not in self._draftless
        match self.stream:
            case TelegramStreamMode.OFF:
                return None
            case TelegramStreamMode.DRAFT:
                return DRAFTS if drafts else None
            case TelegramStreamMode.AUTO if drafts:
                return DRAFTS
        return PRIVATE_EDITS if private else GROUP_EDITS
