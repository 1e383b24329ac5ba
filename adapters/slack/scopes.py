"""The scopes and events that the app needs, and what does not work without each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A scope or event, by Slack's name, with its purpose."""

    name: str
    purpose: str  #: what it is for, as a comment in the manifest
    without: str  #: what does not work without it, for an operator
    vital: bool = False  #: without it people are not answered at all


SCOPES: Final = (
    Need(
        name="app_mentions:read",
        purpose="hear mentions",
        without="mentions in channels are not heard",
        vital=True,
    ),
    Need(
        name="assistant:write",
        purpose="comes with agent_view",
        without="the assistant's pane has no titles and no suggested prompts",
    ),
    Need(
        name="channels:history",
        purpose="hear threads go on, and find an answer whose receipt was lost",
        without="threads in channels do not go on without a mention",
    ),
    Need(
        name="channels:read",
        purpose="the names of channels that people mention",
        without="channels that people mention stay ids",
    ),
    Need(name="chat:write", purpose="answer, and stream", without="nothing can be answered", vital=True),
    Need(name="commands", purpose="/coze", without="/coze does not exist"),
    Need(name="files:read", purpose="photos and documents", without="photos and documents do not reach the bot"),
    Need(
        name="files:write",
        purpose="images and files that the bot makes",
        without="images and files that the bot makes do not arrive",
    ),
    Need(
        name="groups:history",
        purpose="as channels:history, in private channels",
        without="threads in private channels do not go on without a mention",
    ),
    Need(
        name="groups:read",
        purpose="as channels:read, of private channels",
        without="private channels that people mention stay ids",
    ),
    Need(name="im:history", purpose="hear direct messages", without="direct messages are not heard", vital=True),
    Need(
        name="im:write",
        purpose="find again what was said alone, where the answer could not be shown where it was asked",
        without="an answer that can only be given in the direct message may come twice after a crash",
    ),
    Need(
        name="mpim:history",
        purpose="hear group direct messages",
        without="group direct messages are not heard",
    ),
    Need(
        name="mpim:read",
        purpose="tell group direct messages from channels",
        without="group direct messages may be taken for channels",
    ),
    Need(
        name="usergroups:read",
        purpose="the names of groups that people mention",
        without="groups that people mention stay ids",
    ),
    Need(name="users:read", purpose="the name and the language of who asks", without="names and languages are unknown"),
)
"""The bot's scopes; https://docs.slack.dev/reference/scopes."""

EVENTS: Final = (
    Need(name="app_mention", purpose="mentions", without="mentions in channels are not heard", vital=True),
    Need(name="message.im", purpose="direct messages", without="direct messages are not heard", vital=True),
    Need(name="message.mpim", purpose="group direct messages", without="group direct messages are not heard"),
    Need(
        name="message.channels",
        purpose="with message.groups: every message of each channel the bot is in; leave both out",
        without="threads in channels do not go on without a mention",
    ),
    Need(
        name="message.groups",
        purpose="  if threads need not go on without a mention",
        without="threads in private channels do not go on without a mention",
    ),
    Need(
        name="app_home_opened",
        purpose="the Home tab, and questions proposed on top of the Messages tab",
        without="the Home tab stays empty, and no questions are proposed",
    ),
    Need(
        name="app_context_changed",
        purpose="which channel people look at while they ask",
        without="the bot does not know which channel people look at",
    ),
    Need(name="agent_session_stopped", purpose="the Stop button", without="Slack's Stop stops nothing"),
)
"""The bot's events; https://docs.slack.dev/reference/events."""

INSTALL_EVENTS: Final = (
    Need(name="app_uninstalled", purpose="forget the tokens of who leaves", without="tokens of who left are kept"),
    Need(name="tokens_revoked", purpose="as app_uninstalled", without="tokens of who left are kept"),
)
"""Further events of an app that people install; https://docs.slack.dev/reference/events/app_uninstalled."""

APP_TOKEN_SCOPE: Final = "connections:write"  # noqa: S105 - a scope's name
"""What an app-level token needs for Socket Mode; https://docs.slack.dev/reference/scopes/connections.write."""


def missing(granted: frozenset[str]) -> Iterator[Need]:
    """The scopes that the token lacks."""
    return (need for need in SCOPES if need.name not in granted)
