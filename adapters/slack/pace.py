"""
Slack's budgets for one app in one workspace: what its manual asks for, and what it tells by 429.

Slack limits each method per app and workspace; bursts are tolerated. Where it tells us to wait, that method alone waits
(for posts: that channel alone). https://docs.slack.dev/apis/web-api/rate-limits
"""

from typing import Final

from bridge.sdk.pacing import Budget, Cost

_MINUTE: Final = 60.0
STOP: Final[Cost] = (("chat.stopStream", Budget(rate=20 / _MINUTE, burst=20, common=True)),)
START: Final[Cost] = (("chat.startStream", Budget(rate=20 / _MINUTE, burst=20, common=True)), *STOP)
"""A stream that begins has paid for its end, so that its last words never wait."""
APPEND: Final[Cost] = (("chat.appendStream", Budget(rate=100 / _MINUTE, burst=100, common=True)),)
DELETE: Final[Cost] = (("chat.delete", Budget(rate=50 / _MINUTE, burst=50, common=True)),)
UPDATE: Final[Cost] = (("chat.update", Budget(rate=50 / _MINUTE, burst=50, common=True)),)
STATUS: Final[Cost] = (("assistant.threads.setStatus", Budget(rate=600 / _MINUTE, burst=100, common=True)),)
TITLE: Final[Cost] = (("assistant.threads.setTitle", Budget(rate=100 / _MINUTE, burst=100, common=True)),)
PROMPTS: Final[Cost] = (("assistant.threads.setSuggestedPrompts", Budget(rate=100 / _MINUTE, burst=100, common=True)),)

ASKING_ABOUT: Final[dict[str, Cost]] = {
    "people": (("users.info", Budget(rate=100 / _MINUTE, burst=100, common=True)),),
    "channels": (("conversations.info", Budget(rate=50 / _MINUTE, burst=50, common=True)),),
    "groups": (("usergroups.list", Budget(rate=20 / _MINUTE, burst=20, common=True)),),
}
"""What it costs to ask who somebody is, by the kind of their id."""

_POSTS: Final = ("chat.postMessage", Budget(rate=300 / _MINUTE, burst=100, common=True))
_POSTS_IN_CHANNEL: Final = Budget(rate=1, burst=5)


def post_in(channel: str, *, growing: bool = False) -> Cost:
    """What a post there costs; one that is *growing* has paid for the edit that will complete it."""
    post = ((f"chat.postMessage:{channel}", _POSTS_IN_CHANNEL), _POSTS)
    return (*post, *UPDATE) if growing else post
