"""Why a bot cannot receive updates, in an operator's words, and how long to wait before the next try."""

import random
from typing import Final

from adapters.telegram.errors import PollingConflict, WebhookInTheWay
from bridge.sdk.errors import BridgeError, Later, Unauthorised

CONFLICT_RETRY_SECONDS: Final = 5.0
UNAUTHORISED_RETRY_SECONDS: Final = 300.0
"""Seconds between two tries with a token that is refused."""
BACKOFF_LONGEST: Final = 30.0


def because_of(error: BridgeError) -> str:
    """Why no updates arrive, for an operator."""
    match error:
        case WebhookInTheWay():
            return "another program has set a webhook for this token; it is taken away"
        case PollingConflict():
            return "another program polls with this token"
    return error.detail


def pause_after(error: BridgeError, failures: int) -> float:
    """Seconds to wait after *error*, the last of so many *failures* in a row."""
    match error:
        case Later(retry_after=float() | int() as seconds):
            return seconds + 0.5
        case PollingConflict():
            return CONFLICT_RETRY_SECONDS
        case Unauthorised():
            return UNAUTHORISED_RETRY_SECONDS
    spread = random.uniform(0.5, 1.0)  # noqa: S311 - replicas must not come back all at once; no secret
    return float(min(BACKOFF_LONGEST, 2.0 ** min(failures, 5)) * spread)
