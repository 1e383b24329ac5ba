"""
What Slack sends an app, as `Inbound`: events, slash commands and pressed buttons; None for what nobody said to anybody.

Rules: a mention in a channel comes twice, as ``app_mention`` and as ``message``, in any order and under two event ids; both
get the same second key and are read alike. In a channel every message belongs to a thread, its own if it began one; in a
direct message the person goes on from message to message, so its place has no thread.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.slack.api import SlackIdentity
from adapters.slack.buttons import pressed
from bridge.sdk.model import (
    Address,
    Attachment,
    ChatType,
    CommandName,
    Inbound,
    MediaKind,
    Person,
    Place,
    Quote,
    Rating,
)

Json = Mapping[str, Any]

#: Everything else is about messages, not from people; answering ``message_changed`` has looped in the field.
_SPOKEN = {None, "file_share", "thread_broadcast", "me_message"}
_SLACKBOT = "USLACKBOT"
_CHAT_TYPES = {"im": ChatType.PRIVATE, "mpim": ChatType.GROUP}
_UNFETCHABLE = {"tombstone", "hidden_by_limit"}
_KINDS = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}
_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_SPACES = re.compile(r"[ \t]{2,}")


def normalise(payload: Json, *, adapter: str, me: SlackIdentity, people: Mapping[str, Person]) -> Inbound | None:
    """What *payload* says, if a person says something in it that this bot may hear; *people* we know more of, by id."""
    return _PayloadReader(adapter, me, people).read(payload)


class _PayloadReader:
    """Reads payloads for one adapter, whose bot is *me*."""

    def __init__(self, adapter: str, me: SlackIdentity, people: Mapping[str, Person]) -> None:
        self._adapter = adapter
        self._me = me
        self._people = people  #: those Slack has told us more about, by id; grows as we go

    def read(self, payload: Json) -> Inbound | None:
        """What *payload* says, if a person says something in it that this bot may hear."""
        match payload:
            case {"type": "event_callback", "event": {"type": "message" | "app_mention"} as event}:
                spoken = self._ours(payload) and self._spoken(event)
                return self._message(event, str(payload.get("event_id"))) if spoken else None
            case {"type": "event_callback", "event": {"type": "agent_session_stopped", "user": str()} as event}:
                return self._stop(event, str(payload.get("event_id"))) if self._ours(payload) else None
            case {"type": "block_actions", "team": {"id": self._me.team}, "actions": [action, *_]}:
                said = pressed(action)
                return self._pressed(payload, action, *said) if said else None
            case {"command": str(), "team_id": self._me.team}:
                return self._command(payload)
        return None

    def _ours(self, payload: Json) -> bool:
        """Whether it is for this workspace: one app token serves every workspace the app is installed in."""
        [seen_by, *_] = payload.get("authorizations") or [{}]
        return (seen_by.get("team_id") or self._me.team) == self._me.team

    def _spoken(self, event: Json) -> bool:
        """Whether a person said it just now."""
        said = event.get("subtype") in _SPOKEN and not event.get("hidden") and not event.get("edited")
        by = event.get("user")
        return bool(said and by and not event.get("bot_id") and by not in (self._me.user, _SLACKBOT))

    def _message(self, event: Json, event_id: str) -> Inbound:
        channel, ts = str(event["channel"]), str(event["ts"])
        chat_type = _chat_type(channel, event.get("channel_type"))
        address = self._address(event, chat_type)
        text, quoted = self._text(event)
        attachments = tuple(_attachments(event.get("files") or []))
        bare = not text and not attachments
        command = command_in("help" if bare else text) if address is Address.TO_US else None
        return Inbound(
            dedupe_keys=(f"event:{event_id}", f"message:{self._me.team}:{channel}:{ts}"),
            where=self._place(channel, chat_type, event.get("thread_ts") or ts),
            chat_type=chat_type,
            author=self._person(event["user"]),
            text="" if command else text,
            address=address,
            command=command,
            attachments=attachments,
            quote=Quote(text=quoted) if quoted else None,
            sent_at=float(ts),
            reply_context=_known(
                ts=ts,
                thread_ts=event.get("thread_ts"),
                team=event.get("user_team") or event.get("team") or self._me.team,
            ),
        )

    def _address(self, event: Json, chat_type: ChatType) -> Address:
        said = str(event.get("text") or "")
        if chat_type is ChatType.PRIVATE or event["type"] == "app_mention" or self._mention().search(said):
            return Address.TO_US
        if event.get("thread_ts") and not said.lstrip().startswith("<@"):
            return Address.IN_THREAD
        return Address.OVERHEARD

    def _mention(self) -> re.Pattern[str]:
        return re.compile(rf"<@{re.escape(self._me.user)}(?:\|[^<>]*)?>")

    def _text(self, event: Json) -> tuple[str, str | None]:
        """What was said and, if it came with it, what somebody else had said."""
        said = plain_text(str(event.get("text") or ""), self._me.user)
        if not said:
            said = plain_text("\n".join(_rich(event.get("blocks") or [])), self._me.user)
        shared = "\n".join(plain_text(str(a.get("text") or ""), self._me.user) for a in event.get("attachments") or [])
        return (said, shared.strip() or None) if said else (shared.strip(), None)

    def _stop(self, event: Json, event_id: str) -> Inbound:
        """The Stop button under an answer."""
        channel, thread = str(event["channel"]), str(event["thread_ts"])
        chat_type = _chat_type(channel, None)
        return Inbound(
            dedupe_keys=(f"event:{event_id}",),
            where=self._place(channel, chat_type, thread),
            chat_type=chat_type,
            author=self._person(event["user"]),
            text="",
            address=Address.TO_US,
            command=CommandName.STOP,
            sent_at=float(event.get("event_ts") or 0),
            reply_context=_known(ts=thread, thread_ts=thread, team=self._me.team),
        )

    def _pressed(self, payload: Json, action: Json, text: str, rating: Rating | None) -> Inbound:
        """What a button under an answer says; who presses a question again is not answered twice, but may like it."""
        shown, channel = payload["container"], str(payload["channel"]["id"])
        thread = str(shown.get("thread_ts") or shown["message_ts"])
        group = str(payload["channel"].get("name")).startswith("mpdm-")
        chat_type = _chat_type(channel, "mpim" if group else None)
        again = action["action_ts"] if rating else action["action_id"]
        question = _known(ts=str(action["action_ts"]), thread_ts=thread, team=payload["user"].get("team_id"))
        thumb = _known(thread_ts=shown.get("thread_ts"), response_url=payload.get("response_url"))
        return Inbound(
            dedupe_keys=(f"press:{self._me.team}:{channel}:{shown['message_ts']}:{again}",),
            where=self._place(channel, chat_type, thread),
            chat_type=chat_type,
            author=self._person(payload["user"]["id"]),
            text=text,
            address=Address.TO_US,
            rating=rating,
            sent_at=float(action["action_ts"]),
            reply_context=thumb if rating else question,
        )

    def _command(self, payload: Json) -> Inbound:
        """A slash command; bare, it asks for help."""
        channel, text = str(payload["channel_id"]), str(payload.get("text") or "").strip()
        command = command_in(text) if text else CommandName.HELP
        group = str(payload.get("channel_name")).startswith("mpdm-")
        chat_type = _chat_type(channel, "mpim" if group else None)
        return Inbound(
            dedupe_keys=(f"command:{payload['trigger_id']}",),
            where=self._place(channel, chat_type, None),
            chat_type=chat_type,
            author=self._person(payload["user_id"]),
            text="" if command else plain_text(text, self._me.user),
            address=Address.TO_US,
            command=command,
            reply_context=_known(team=self._me.team, response_url=payload.get("response_url")),
        )

    def _place(self, channel: str, chat_type: ChatType, thread: str | None) -> Place:
        within = None if chat_type is ChatType.PRIVATE else thread
        return Place(adapter=self._adapter, chat=channel, thread=within, workspace=self._me.team)

    def _person(self, user: str) -> Person:
        return self._people.get(user) or Person(id=user)


def command_in(text: str) -> CommandName | None:
    """The bridge's own word that *text* is, with or without a slash, and nothing beside it."""
    word = text.strip().lower().removeprefix("/")
    return CommandName(word) if word in set(CommandName) else None


def plain_text(text: str, me: str) -> str:
    """*text* as the person who typed it saw it, without the mention of *me*."""
    out, end = [], 0
    for token in _TOKEN.finditer(text):
        out += [_unescaped(text[end : token.start()]), _token_text(token, me)]
        end = token.end()
    return _SPACES.sub(" ", "".join([*out, _unescaped(text[end:])])).strip()


def _token_text(token: re.Match[str], me: str) -> str:
    kind, value, label = token[1], token[2], _unescaped(token[3] or "")
    match kind:
        case "@":
            return "" if value == me else f"@{label or value}"
        case "#":
            return f"#{label or value}"
        case "!":
            return label or f"@{value.split('^')[0]}"
    url = _unescaped(value)
    return url if label in ("", url, url.removeprefix("mailto:")) else f"{label} ({url})"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _chat_type(channel: str, kind: str | None) -> ChatType:
    """How many listen; ``app_mention`` does not say, but a direct message's id does."""
    return _CHAT_TYPES.get(kind or ("im" if channel.startswith("D") else ""), ChatType.CHANNEL)


def _rich(blocks: list[Json]) -> Iterator[str]:
    """The lines of rich text, in the notation of ``text``; pasted text may come as blocks alone."""
    for block in blocks:
        inner = block.get("elements") or []
        if str(block.get("type")) in ("rich_text", "rich_text_list"):
            yield from _rich(inner)
        elif str(block.get("type")).startswith("rich_text_"):
            yield "".join(_run(element) for element in inner)


def _run(element: Json) -> str:
    match element:
        case {"type": "user", "user_id": str(user)}:
            return f"<@{user}>"
        case {"type": "channel", "channel_id": str(channel)}:
            return f"<#{channel}>"
        case {"type": "broadcast", "range": str(who)}:
            return f"<!{who}>"
        case {"type": "link", "url": str(url)}:
            return str(element.get("text") or url)
        case {"type": "emoji", "name": str(name)}:
            return f":{name}:"
    return str(element.get("text") or "")


def _attachments(files: list[Json]) -> Iterator[Attachment]:
    for file in files:
        if file.get("mode") in _UNFETCHABLE or file.get("file_access") == "file_not_found":
            continue
        mime = str(file.get("mimetype") or "")
        voice = file.get("subtype") == "slack_audio"
        yield Attachment(
            kind=MediaKind.VOICE if voice else _KINDS.get(mime.partition("/")[0], MediaKind.FILE),
            handle=str(file["id"]),
            name=file.get("name"),
            mime=mime or None,
            size=file.get("size"),
        )


def _known(**facts: str | None) -> dict[str, str]:
    return {name: fact for name, fact in facts.items() if fact}
