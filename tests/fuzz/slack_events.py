"""
One event, command and interaction of each kind that a person's doings bring a Slack app.

https://docs.slack.dev/reference/events · https://docs.slack.dev/interactivity/implementing-slash-commands ·
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from random import Random
from typing import Any, Final, NamedTuple

from tests.fuzz.mutations import mutated

Json = dict[str, Any]

FILE: Final = {
    "id": "F1",
    "name": "a.png",
    "mimetype": "image/png",
    "size": 1000,
    "mode": "hosted",
    "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/a.png",
}


ANSWERS: Final = "https://hooks.slack.com/commands/1"


class Payload(NamedTuple):
    """What Slack sends, and as what."""

    kind: str  #: events_api, slash_commands or interactive, as Socket Mode calls them
    body: Any


def events(team: str, bot: str, person: str, number: int = 1) -> list[Json]:
    """One event of each kind."""
    said = {"type": "message", "channel": "C1", "channel_type": "channel", "user": person, "team": team}
    mention, ts = f"<@{bot}> what is *tea*?", f"17000{number:05}.000100"
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}, {"type": "user", "user_id": bot}]}
    return [
        said | {"text": "hello", "channel": "D1", "channel_type": "im", "ts": ts},
        said | {"type": "app_mention", "text": mention, "ts": ts},
        said | {"text": mention, "ts": ts, "blocks": [{"type": "rich_text", "elements": [rich]}]},
        said | {"text": "and now?", "ts": ts, "thread_ts": "1700000000.000100", "parent_user_id": bot},
        said | {"text": "", "ts": ts, "files": [FILE], "subtype": "file_share", "channel": "D1", "channel_type": "im"},
        said
        | {
            "text": mention,
            "ts": ts,
            "attachments": [{"text": "their words", "author_name": "Bob", "is_msg_unfurl": True}],
        },
        said | {"text": "<@U9|cid> &lt;3 <https://a.b|there> <#C1|tea> <!subteam^S1>", "ts": ts},
        said | {"subtype": "message_changed", "ts": ts, "message": said | {"text": "hello!", "ts": ts}},
        {"type": "agent_session_stopped", "user": person, "channel": "D1", "thread_ts": ts, "message_ts": ts},
    ]


def payloads(team: str, bot: str, person: str, number: int = 1, *, answers: str = ANSWERS) -> list[Payload]:
    """One of each kind that Slack sends; *number* keeps their ids apart, *answers* is where some can be answered."""
    envelope = {"type": "event_callback", "team_id": team, "authorizations": [{"team_id": team, "user_id": bot}]}
    command = {"command": "/coze", "team_id": team, "channel_id": "C1", "channel_name": "tea", "user_id": person}
    command |= {
        "text": "what is tea?",
        "trigger_id": f"{number}.2.3",
        "response_url": answers,
    }
    press = {"type": "block_actions", "team": {"id": team}, "user": {"id": person, "team_id": team}}
    press |= {"channel": {"id": "D1"}, "container": {"message_ts": "1700000001.000100", "channel_id": "D1"}}
    press |= {"message": {"ts": "1700000001.000100", "user": bot}, "response_url": answers}
    asked = {"type": "button", "action_id": "ask:0", "value": "And now?", "action_ts": f"{number}.1"}
    liked = {"type": "feedback_buttons", "action_id": "thumbs", "value": "like:turn-1", "action_ts": f"{number}.2"}
    return [
        *(
            Payload("events_api", envelope | {"event_id": f"Ev{number}x{at}", "event": event})
            for at, event in enumerate(events(team, bot, person, number))
        ),
        Payload("slash_commands", command),
        Payload("slash_commands", command | {"text": "help"}),
        Payload("interactive", press | {"actions": [asked]}),
        Payload("interactive", press | {"actions": [liked]}),
    ]


def spoilt_payload(
    random: Random, team: str, bot: str, person: str, number: int = 1, *, answers: str = ANSWERS
) -> Payload:
    """A payload that is nearly one."""
    kind, body = random.choice(payloads(team, bot, person, number, answers=answers))
    return Payload(kind, mutated(random, body))
