"""What we know of a message of ours in Slack: what stands in it, and whether it still grows."""

from dataclasses import dataclass
from typing import Final

from bridge.sdk.answers import NO_BUTTONS, Buttons

STREAM_LIFE: Final = (
    240.0  #: seconds; Slack ends a stream about 300 after its start, whatever is appended; seen, not documented
)


@dataclass(slots=True)
class MessageState:
    """A message of ours, as far as we know what stands in it."""

    ts: str
    text: str = ""
    buttons: Buttons = NO_BUTTONS
    grows: bool = True  #: it may be a stream that is still open
    sure: bool = False  #: we know what was appended to it
    since: float = 0.0  #: when it began to grow, or was edited last
    paid: bool = False  #: the call that completes it is paid for

    def takes_more(self, now: float) -> bool:
        """Whether it can be appended to."""
        return self.grows and self.sure and now - self.since < STREAM_LIFE
