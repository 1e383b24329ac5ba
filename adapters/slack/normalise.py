"""
What Slack sends an app, as `Inbound`: events, slash commands and pressed buttons; None for what nobody said to anybody.

Rules: a mention in a channel comes twice, as ``app_mention`` and as ``message``, in any order and under two event ids; both
get the same second key and are read alike. Files come with one of them only, and ``app_mention`` does not tell a group direct
message from a channel; so each is a copy, which the other completes, and one that shows what it lacks is partial. In a channel every message belongs to a thread, its own if it began one; in a
direct message the person goes on from message to message, so its place has no thread. Below a message of ours that began
no thread, such as the answer to a slash command, people go on in the memory they asked it in.
"""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

from adapters.slack import modal, reason
from adapters.slack.api import SlackIdentity
from adapters.slack.attachments import attachments, lacks_files
from adapters.slack.buttons import THUMB_DOWN, pressed
from adapters.slack.commands import ParsedText, is_bare, parse_mention, parse_message, parse_typed
from adapters.slack.modal import AskedAbout, answered
from adapters.slack.places import ChatTypesById, chat_type, chat_type_of, told_by
from adapters.slack.reason import GivenReason, given
from adapters.slack.references import forwarded, pasted, shared_files
from adapters.slack.rich_text import notation
from adapters.slack.words import NamesById, mention_of, mentioned, unescaped, words, words_to
from bridge.sdk.editing import as_edit
from bridge.sdk.model import Address, ChatType, CommandName, Inbound, Person, Place, Quote, Rating, Ref
from bridge.sdk.presses import Press

Json = Mapping[str, Any]

#: Everything else is about messages, not from people; ``message_changed`` by itself is never a question.
_SPOKEN: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_SLACKBOT: Final = "USLACKBOT"
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def normalise(
    payload: Json,
    *,
    adapter: str,
    me: SlackIdentity,
    people: Mapping[str, Person],
    names: NamesById = _NOTHING,
    chat_types: ChatTypesById = _NOTHING,
) -> Inbound | None:
    """
    What *payload* says, if a person says something in it that this bot may hear.

    *people*, *names* and *chat_types* are what we have learnt besides, by Slack's ids.
    """
    return _PayloadReader(adapter, me, people, names, chat_types).read(payload)


class _PayloadReader:
    """Reads payloads for one adapter, whose bot is *me*."""

    def __init__(
        self, adapter: str, me: SlackIdentity, people: Mapping[str, Person], names: NamesById, chat_types: ChatTypesById
    ) -> None:
        self._adapter = adapter
        self._me = me
        self._people = people  #: those Slack has told us more about, by id; grows as we go
        self._names = names
        self._chat_types = chat_types

    def read(self, payload: Json) -> Inbound | None:
        """What *payload* says, if a person says something in it that this bot may hear."""
        match payload:
            case {"type": "event_callback", "event": {"type": "message" | "app_mention"} as event}:
                return self._heard(event, str(payload.get("event_id"))) if self._ours(payload) else None
            case {"type": "event_callback", "event": {"type": "agent_session_stopped", "user": str()} as event}:
                return self._stop(event, str(payload.get("event_id"))) if self._ours(payload) else None
            case {"type": "block_actions", "team": {"id": self._me.team}, "actions": [action, *_]}:
                said = pressed(action)
                return self._pressed(payload, action, said) if said else None
            case {"type": "view_submission", "view": dict(view), "team": {"id": self._me.team}}:
                return self._submitted(view, payload["user"])
            case {"command": str(), "team_id": self._me.team}:
                return self._command(payload)
        return None

    def _ours(self, payload: Json) -> bool:
        """Whether it is for this workspace: one app token serves every workspace the app is installed in."""
        [seen_by, *_] = payload.get("authorizations") or [{}]
        return (seen_by.get("team_id") or self._me.team) == self._me.team

    def _heard(self, event: Json, event_id: str) -> Inbound | None:
        """What a person says, or says anew; a changed mention is told to those who hear of mentions alone, too."""
        if event.get("subtype") == "message_changed":
            changed = {**(event.get("message") or {}), "type": "message"}
            changed |= {name: event.get(name) for name in ("channel", "channel_type")}
            return self._edit(changed, event_id, at=event.get("event_ts") or event["ts"])
        if event["type"] == "app_mention" and event.get("edited"):
            return self._edit(event, event_id, at=event["edited"]["ts"])
        return self._message(event, event_id) if self._spoken(event) else None

    def _spoken(self, event: Json) -> bool:
        """Whether a person said it just now."""
        said = event.get("subtype") in _SPOKEN and not event.get("hidden") and not event.get("edited")
        by = event.get("user")
        return bool(said and by and not event.get("bot_id") and by not in (self._me.user, _SLACKBOT))

    def _message(self, event: Json, event_id: str) -> Inbound:
        channel, ts = str(event["channel"]), str(event["ts"])
        chat_type, told = self._chat_type(channel, event.get("channel_type")), event.get("thread_ts")
        thread = str(told) if told else None
        below_ours = self._is_below_ours(event)
        files = attachments(chain(event.get("files") or [], shared_files(event)))
        forwards = forwarded(event, self._names)
        said = self._said(event, chat_type, anything_else=bool(files or forwards))
        address = self._address(event, chat_type)
        is_copy = address is Address.TO_US and chat_type is not ChatType.PRIVATE
        is_told = bool(event.get("channel_type")) or channel in self._chat_types
        says_nothing = not (said.text.strip() or files or forwards)
        is_empty = says_nothing and said.command is None
        return Inbound(
            dedupe_keys=self._keys(f"event:{event_id}", f"message:{channel}:{ts}"),
            where=self._place(channel, chat_type, None if below_ours else thread or ts),
            chat_type=chat_type,
            author=self._person(event["user"]),
            text=said.text,
            address=address,
            command=said.command,
            is_copy=is_copy,
            is_partial=is_copy and (says_nothing or lacks_files(event) or not is_told),
            only_stops=said.only_stops,
            attachments=files,
            quote=Quote(ours=True, ref=Ref(thread), began_thread=True) if thread and below_ours else None,
            forwards=forwards,
            sent_at=float(ts),
            reply_context=_known(
                ts=ts,
                thread_ts=thread,
                team=event.get("user_team") or event.get("team") or self._me.team,
                unnamed=self._unnamed(event),
                asks="opening" if is_empty and self._is_bare_mention(event, within=True) else None,
            ),
        )

    def _edit(self, changed: Json, event_id: str, *, at: str) -> Inbound | None:
        """What a person has changed their message to; where a link is unfurled, nobody has edited it."""
        said = {name: value for name, value in changed.items() if name != "edited"}
        if not changed.get("edited") or not self._spoken(said):
            return None
        return as_edit(self._message(said, event_id), edited_at=float(at))

    def _unnamed(self, event: Json) -> str:
        """The ids that it shows for want of names."""
        attached = (str(each.get("text") or "") for each in event.get("attachments") or [])
        ids = mentioned("\n".join([self._notation(event), *attached]))
        return " ".join(sorted(each for each in ids - {self._me.user} if not self._names.get(each)))

    def _said(self, event: Json, chat_type: ChatType, *, anything_else: bool) -> ParsedText:
        """What was said to us; a mention and nothing else asks for help, within a thread what the message asks that opened it."""
        text = self._text(event)
        if self._address(event, chat_type) is not Address.TO_US:
            return ParsedText(text=text)
        if not text.strip() and not anything_else:
            return ParsedText(text="", command=CommandName.HELP if self._is_bare_mention(event, within=False) else None)
        parsed = parse_mention(text) if self._mentions_us(event) else parse_message(text)
        if parsed.command is None or (not anything_else and (self._mentions_us(event) or not is_bare(text))):
            return parsed
        if parsed.command is CommandName.STOP and not anything_else:
            return ParsedText(text=text, command=CommandName.STOP, only_stops=True)
        return ParsedText(text=text)

    def _address(self, event: Json, chat_type: ChatType) -> Address:
        if chat_type is ChatType.PRIVATE or event["type"] == "app_mention" or self._mentions_us(event):
            return Address.TO_US
        if not event.get("thread_ts") or str(event.get("text") or "").lstrip().startswith("<@"):
            return Address.OVERHEARD
        return Address.TO_US if self._is_below_ours(event) else Address.IN_THREAD

    def _is_bare_mention(self, event: Json, *, within: bool) -> bool:
        """Whether our name stands alone in it, *within* a thread or not; what holds nothing else cannot be read."""
        is_within = (event.get("thread_ts") or None) not in (None, event["ts"])
        return (event["type"] == "app_mention" or self._mentions_us(event)) and is_within is within

    def _mentions_us(self, event: Json) -> bool:
        return mention_of(self._me.user).search(self._notation(event)) is not None

    def _is_below_ours(self, event: Json) -> bool:
        """Whether it stands in a thread that began with a message of ours, such as the answer to a slash command."""
        return bool(event.get("thread_ts")) and event.get("parent_user_id") == self._me.user

    def _notation(self, event: Json) -> str:
        """What it says, as Slack writes it; pasted text may come as blocks alone."""
        blocks = (block for block in event.get("blocks") or [] if block.get("type") != "table")
        return str(event.get("text") or "") or notation(blocks)

    def _text(self, event: Json) -> str:
        """What was said, and the tables that were pasted with it."""
        said = words_to(self._notation(event), self._me.user, self._names)
        table = pasted(event, self._names)
        return "\n\n".join(part for part in (said, table) if part.strip()) if table else said

    def _stop(self, event: Json, event_id: str) -> Inbound:
        """Slack's own Stop under an answer; Slack may tell us by refusing to let that grow before this comes."""
        channel, thread = str(event["channel"]), str(event["thread_ts"])
        chat_type = self._chat_type(channel, None)
        return Inbound(
            dedupe_keys=self._keys(f"event:{event_id}"),
            where=self._place(channel, chat_type, thread),
            chat_type=chat_type,
            author=self._person(event["user"]),
            text="",
            address=Address.TO_US,
            command=CommandName.STOP,
            only_stops=True,
            sent_at=float(event.get("event_ts") or 0),
            reply_context=_known(ts=thread, thread_ts=thread, team=self._me.team),
        )

    def _pressed(self, payload: Json, action: Json, said: Press) -> Inbound:
        """
        What a button under an answer says; who presses a question again is not answered twice, but may like it.

        It is asked in the memory of whoever presses it: below an answer without a thread that is their own, which need not
        hold that answer.
        """
        shown, channel = payload["container"], str(payload["channel"]["id"])
        answer, thread = str(shown["message_ts"]), shown.get("thread_ts")
        chat_type = self._chat_type(channel, told_by(payload["channel"].get("name")))
        where, alone = self._place(channel, chat_type, thread), chat_type is ChatType.PRIVATE
        again = action["action_ts"] if said.repeats else f"{action['action_id']}:{payload['user']['id']}"
        below = thread or (None if shown.get("is_ephemeral") else answer)
        question = _known(ts=str(action["action_ts"]), thread_ts=below, team=payload["user"].get("team_id"))
        private = _known(thread_ts=thread, response_url=payload.get("response_url"))
        return Inbound(
            dedupe_keys=self._keys(f"press:{channel}:{answer}:{again}"),
            where=where,
            chat_type=chat_type,
            author=self._person(payload["user"]["id"]),
            text=said.text,
            address=Address.TO_US,
            command=said.command,
            turn_key=said.turn_key,
            rating=said.rating,
            quote=self._answer(payload, answer) if said.is_question else None,
            sent_at=float(action["action_ts"]),
            is_beside_threads=said.turn_key is None and said.command is not None and where.thread is None and not alone,
            reply_context=private if said.rating or (said.command and below is None) else question,
        )

    def _answer(self, payload: Json, ref: str) -> Quote:
        """The answer below which somebody pressed a button."""
        message = payload.get("message") or {}
        blocks = [block for block in message.get("blocks") or [] if block.get("type") != "actions"]
        text = words(notation(blocks) or str(message.get("text") or ""), self._names)
        return Quote(text=text, ours=True, ref=Ref(ref))

    def _submitted(self, view: Json, user: Json) -> Inbound | None:
        """What a form of ours says; it is sent once: again is a repetition."""
        match view.get("callback_id"):
            case modal.CALLBACK:
                return self._asked_about(answered(view), str(view["id"]), user)
            case reason.CALLBACK:
                return self._disliked(given(view), str(view["id"]), user)
        return None

    def _asked_about(self, asked: AskedAbout, form: str, user: Json) -> Inbound:
        """A question about a message, asked in the form of the shortcut, answered in that message's thread."""
        chat_type = chat_type_of(asked.channel, asked.channel_name, self._chat_types)
        ours = asked.author == self._me.user
        quote = Quote(
            text=words_to(asked.text, self._me.user, self._names).strip("\n"),
            author=self._names.get(asked.author) or unescaped(asked.author_name) or None,
            attachments=attachments(asked.files),
            ours=ours,
            ref=Ref(asked.ts) if ours else None,
        )
        return Inbound(
            dedupe_keys=self._keys(f"form:{form}"),
            where=self._place(asked.channel, chat_type, asked.thread),
            chat_type=chat_type,
            author=self._person(str(user["id"])),
            text=asked.question,
            address=Address.TO_US,
            quote=quote,
            sent_at=float(asked.asked_at),
            reply_context=_known(
                ts=asked.asked_at,
                thread_ts=asked.thread,
                team=user.get("team_id") or self._me.team,
                response_url=asked.response_url,
                cut=asked.ts if asked.is_cut else None,
            ),
        )

    def _disliked(self, said: GivenReason, form: str, user: Json) -> Inbound:
        """Why somebody put a thumb down."""
        kind = chat_type_of(said.channel, said.channel_name, self._chat_types)
        return Inbound(
            dedupe_keys=self._keys(f"form:{form}"),
            where=self._place(said.channel, kind, said.thread),
            chat_type=kind,
            author=self._person(str(user["id"])),
            text=THUMB_DOWN,
            address=Address.TO_US,
            rating=Rating(turn_key=said.turn_key, liked=False, reason=said.reason),
            sent_at=float(said.at),
        )

    def _command(self, payload: Json) -> Inbound:
        """A slash command; bare, it asks for help."""
        channel = str(payload["channel_id"])
        chat_type = self._chat_type(channel, told_by(payload.get("channel_name")))
        said = parse_typed(words_to(str(payload.get("text") or ""), self._me.user, self._names))
        return Inbound(
            dedupe_keys=self._keys(f"command:{payload['trigger_id']}"),
            where=self._place(channel, chat_type, None),
            chat_type=chat_type,
            author=self._person(payload["user_id"]),
            text=said.text,
            address=Address.TO_US,
            command=said.command,
            is_beside_threads=chat_type is not ChatType.PRIVATE,
            is_told_alone=True,
            reply_context=_known(team=self._me.team, response_url=payload.get("response_url")),
        )

    def _keys(self, *keys: str) -> tuple[str, ...]:
        """The *keys* as they are for this bot: another one of the same name in the config counts anew."""
        return tuple(f"{self._me.team}:{self._me.bot}:{key}" for key in keys)

    def _place(self, channel: str, chat_type: ChatType, thread: str | None) -> Place:
        within = None if chat_type is ChatType.PRIVATE else thread
        return Place(adapter=self._adapter, chat=channel, thread=within, workspace=self._me.team)

    def _person(self, user: str) -> Person:
        return self._people.get(user) or Person(id=user)

    def _chat_type(self, channel: str, told: str | None) -> ChatType:
        """How many listen, as the event tells or as we know; a direct message's id says it."""
        return chat_type(channel, told, self._chat_types)


def _known(**facts: str | None) -> dict[str, str]:
    return {name: fact for name, fact in facts.items() if fact}
