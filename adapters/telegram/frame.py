"""The latest preview of a growing answer."""

from dataclasses import dataclass

from adapters.telegram.api import Text
from bridge.sdk.model import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What was shown last, and where."""

    handle: Ref | int  #: a message, or a draft's id
    text: Text
    at: float  #: when Telegram confirmed it; seconds by the loop's clock
