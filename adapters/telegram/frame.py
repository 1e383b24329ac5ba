"""What of a growing answer people were shown last."""

from dataclasses import dataclass

from adapters.telegram.api import Text
from bridge.sdk.model import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What was last shown, and where."""

    handle: Ref | int  #: a message, or a draft's id
    text: Text
    at: float  #: when Telegram had taken it, in seconds by the loop's clock
