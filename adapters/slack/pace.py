"""
The rate limits of one app in one workspace: those of Slack's manual, and what answers of 429 add.

Slack limits each method per app and workspace, by the minute; bursts are tolerated, so a minute's worth may go at once. After
a 429 only that method waits (for posts: only that channel). https://docs.slack.dev/apis/web-api/rate-limits

Rule: Slack counts a call when it arrives, we count it when it is allowed. So that slow calls followed by quick ones do not exceed
the limit, a burst leaves unused as much as refills in `LATENESS` seconds.
"""

from typing import Final

from bridge.sdk.pacing import Budget, Cost

LATENESS: Final = 1.0
"""Seconds by which one call may be later on its way than another; no more was seen of a crowd on a machine that is busy."""

_MINUTE: Final = 60.0


def _budget(a_minute: float, *, burst: float | None = None, common: bool = True) -> Budget:
    """A budget of so many calls *a_minute*; *burst* is how many at once, by default as many."""
    rate = a_minute / _MINUTE
    return Budget(rate=rate, burst=(burst or a_minute) - LATENESS * rate, common=common)


STOP: Final[Cost] = (("chat.stopStream", _budget(20)),)
START: Final[Cost] = (("chat.startStream", _budget(20)), *STOP)
"""A stream that begins has paid for its end, so that its last words never wait."""
APPEND: Final[Cost] = (("chat.appendStream", _budget(100)),)
DELETE: Final[Cost] = (("chat.delete", _budget(50)),)
UPDATE: Final[Cost] = (("chat.update", _budget(50)),)
STATUS: Final[Cost] = (("assistant.threads.setStatus", _budget(600)),)
WHISPER: Final[Cost] = (("chat.postEphemeral", _budget(100)),)
OPEN_DIRECT: Final[Cost] = (("conversations.open", _budget(50)),)
TITLE: Final[Cost] = (("assistant.threads.setTitle", _budget(100)),)
PROMPTS: Final[Cost] = (("assistant.threads.setSuggestedPrompts", _budget(100)),)
HOME: Final[Cost] = (("views.publish", _budget(100)),)

ASKING_ABOUT: Final[dict[str, Cost]] = {
    "people": (("users.info", _budget(100)),),
    "channels": (("conversations.info", _budget(50)),),
    "groups": (("usergroups.list", _budget(20)),),
}
"""What it costs to ask who somebody is, by the kind of their id."""

_POSTS: Final = ("chat.postMessage", _budget(300))
_POSTS_IN_CHANNEL: Final = _budget(60, burst=5, common=False)


def post_in(channel: str, *, growing: bool = False) -> Cost:
    """The cost of a post there; a *growing* one also pays for the edit that will complete it."""
    post = ((f"chat.postMessage:{channel}", _POSTS_IN_CHANNEL), _POSTS)
    return (*post, *UPDATE) if growing else post
