"""What all answers in one workspace share: its API, its budgets, and which features it lacks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from adapters.slack.api import SlackApi, SlackIdentity
from adapters.slack.pace import START
from bridge.sdk.model import ChatType
from bridge.sdk.pacing import Cost, Pacer
from bridge.sdk.sending import Sender, loop_time

HALF: Final = 0.49
"""Of our burst: half of Slack's twenty, as ours leaves out a third of one; https://docs.slack.dev/apis/web-api/rate-limits."""
STREAMS_OFF_SECONDS: Final = 3600.0  #: an admin may have switched it on by then


@dataclass(slots=True, kw_only=True)
class SlackSharedState:
    """The shared state of one bot token's sinks."""

    adapter: str  #: its name in the config
    api: SlackApi
    me: SlackIdentity
    now: Callable[[], float] = loop_time
    pace: Pacer = field(default_factory=Pacer)
    sender: Sender[Cost] = field(init=False)
    _streams_off_until: dict[ChatType, float] = field(default_factory=dict)
    _cards_off_until: float = float("-inf")

    def __post_init__(self) -> None:
        self.sender = Sender(adapter=self.adapter, pace=self.pace)

    @property
    def is_short_of_streams(self) -> bool:
        """Whether more than half of the budget for streams is used."""
        return self.pace.left(self.now(), START) < HALF

    def streams_in(self, chat_type: ChatType) -> bool:
        """Whether streams are available there, as far as we know."""
        return self._streams_off_until.get(chat_type, self.now()) <= self.now()

    def disable_streams(self, chat_type: ChatType) -> None:
        """Use no streams there for `STREAMS_OFF_SECONDS`."""
        self._streams_off_until[chat_type] = self.now() + STREAMS_OFF_SECONDS

    @property
    def takes_cards(self) -> bool:
        """Whether a stream may hold task cards, as far as we know."""
        return self._cards_off_until <= self.now()

    def disable_cards(self) -> None:
        """Use no task cards for a while."""
        self._cards_off_until = self.now() + STREAMS_OFF_SECONDS
