"""What we know of one of our messages in Slack: its text, whether it is a stream, and how often it is updated."""

from dataclasses import dataclass, field
from typing import Final

from adapters.slack.options import SlackStreamMode
from bridge.sdk.answers import NO_BUTTONS, Buttons

STREAM_LIFE: Final = 240.0
"""Seconds; Slack ends a stream about 300 s after its start, whatever is appended: observed, not documented."""

EDIT_EVERY: Final = 3.0  #: seconds, as Slack asks; https://docs.slack.dev/reference/methods/chat.update
APPEND_EVERY: Final = 0.7
"""Seconds between appends to a stream: https://docs.slack.dev/reference/methods/chat.appendStream."""


def preview_interval(stream: SlackStreamMode, *, natively: bool) -> float | None:
    """Seconds between two previews in that mode, for a stream (*natively*) or edits; None for no previews."""
    by_edits = EDIT_EVERY if stream in (SlackStreamMode.EDIT, SlackStreamMode.AUTO) else None
    return APPEND_EVERY if natively else by_edits


@dataclass(slots=True)
class MessageState:
    """The known state of one of our messages."""

    ts: str
    text: str = ""
    buttons: Buttons = NO_BUTTONS
    grows: bool = True  #: whether it may be a stream that is still open
    sure: bool = False  #: whether we know all that was appended to it
    since: float = 0.0  #: when it began to grow, or was edited last
    paid: bool = False  #: whether the call that completes it is paid for
    cards: dict[str, str] = field(default_factory=dict)  #: the status that the card of a step shows, by its id
    streamed_at: float | None = None  #: when it began as a stream, if we saw it

    def takes_more(self, now: float) -> bool:
        """Whether it is a stream that can be appended to."""
        return self.grows and self.sure and now - self.since < STREAM_LIFE

    def is_old(self, now: float) -> bool:
        """Whether it began as a stream that must have expired by now."""
        return self.streamed_at is not None and now - self.streamed_at >= STREAM_LIFE
