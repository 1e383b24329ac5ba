"""
Reads Slack's message events: what people say, and their edits.

A mention in a channel arrives twice, as ``app_mention`` and as ``message``, in any order and with different event ids; both
get the same second key and are read alike. Only one of them has the files, and ``app_mention`` does not distinguish a group
direct message from a channel; so each is a copy that the other completes, and one that shows what it lacks is partial.

In a channel every message belongs to a thread, which may be its own; a direct message continues the one before, so its place
has no thread. Below a message of ours outside of threads, such as the answer to a slash command, people continue the
conversation in which they gave the command.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

from adapters.slack.attachments import attachments, lacks_files
from adapters.slack.commands import ParsedText, is_bare, parse_mention, parse_message
from adapters.slack.known import KnownWorkspace, only_known
from adapters.slack.references import forwarded, pasted, shared_files
from adapters.slack.rich_text import notation
from adapters.slack.words import mention_of, mentioned, words_to
from bridge.sdk.characters import is_blank
from bridge.sdk.editing import as_edit
from bridge.sdk.model import Address, ChatType, CommandName, Inbound, Quote, Ref

Json = Mapping[str, Any]

#: Other subtypes report on messages and are not from people; ``message_changed`` by itself is never a question.
_SPOKEN: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_SLACKBOT: Final = "USLACKBOT"


class MessageReader:
    """Reads the message events of one workspace."""

    def __init__(self, known: KnownWorkspace) -> None:
        self._known = known

    def read(self, event: Json, event_id: str) -> Inbound | None:
        """Read what a person says or edits."""
        if event.get("subtype") == "message_changed":
            changed = {**(event.get("message") or {}), "type": "message"}
            changed |= {name: event.get(name) for name in ("channel", "channel_type")}
            return self._edit(changed, event_id, at=event.get("event_ts") or event["ts"])
        if event["type"] == "app_mention" and event.get("edited"):
            return self._edit(event, event_id, at=event["edited"]["ts"])
        return self._message(event, event_id) if self._spoken(event) else None

    def _spoken(self, event: Json) -> bool:
        """Whether it is a new message of a person."""
        said = event.get("subtype") in _SPOKEN and not event.get("hidden") and not event.get("edited")
        by = event.get("user")
        return bool(said and by and not event.get("bot_id") and by not in (self._known.me.user, _SLACKBOT))

    def _message(self, event: Json, event_id: str) -> Inbound:
        channel, ts = str(event["channel"]), str(event["ts"])
        chat_type, told = self._known.chat_type(channel, event.get("channel_type")), event.get("thread_ts")
        thread = str(told) if told else None
        below_ours = self._is_below_ours(event)
        files = attachments(chain(event.get("files") or [], shared_files(event)))
        forwards = forwarded(event, self._known.names)
        said = self._said(event, chat_type, anything_else=bool(files or forwards))
        address = self._address(event, chat_type)
        is_copy = address is Address.TO_US and chat_type is not ChatType.PRIVATE
        is_told = bool(event.get("channel_type")) or channel in self._known.chat_types
        says_nothing = is_blank(said.text) and not (files or forwards)
        is_empty = says_nothing and said.command is None
        return Inbound(
            dedupe_keys=self._known.keys(f"event:{event_id}", f"message:{channel}:{ts}"),
            where=self._known.place(channel, chat_type, None if below_ours else thread or ts),
            chat_type=chat_type,
            author=self._known.person(event["user"]),
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
            reply_context=only_known(
                ts=ts,
                thread_ts=thread,
                team=event.get("user_team") or event.get("team") or self._known.me.team,
                unnamed=self._unnamed(event),
                asks="opening" if is_empty and self._is_bare_mention(event, within=True) else None,
            ),
        )

    def _edit(self, changed: Json, event_id: str, *, at: str) -> Inbound | None:
        """Read an edit; None if only a link was unfurled."""
        said = {name: value for name, value in changed.items() if name != "edited"}
        if not changed.get("edited") or not self._spoken(said):
            return None
        return as_edit(self._message(said, event_id), edited_at=float(at))

    def _unnamed(self, event: Json) -> str:
        """The ids in it whose names are unknown."""
        attached = (str(each.get("text") or "") for each in event.get("attachments") or [])
        ids = mentioned("\n".join([self._notation(event), *attached]))
        return " ".join(sorted(each for each in ids - {self._known.me.user} if not self._known.names.get(each)))

    def _said(self, event: Json, chat_type: ChatType, *, anything_else: bool) -> ParsedText:
        """Read a message to us; a bare mention asks for help, within a thread it asks what the thread's first message asks."""
        text = self._text(event)
        if self._address(event, chat_type) is not Address.TO_US:
            return ParsedText(text=text)
        if is_blank(text) and not anything_else:
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
        """Whether it is nothing but a mention of us, *within* a thread or not."""
        is_within = (event.get("thread_ts") or None) not in (None, event["ts"])
        return (event["type"] == "app_mention" or self._mentions_us(event)) and is_within is within

    def _mentions_us(self, event: Json) -> bool:
        return mention_of(self._known.me.user).search(self._notation(event)) is not None

    def _is_below_ours(self, event: Json) -> bool:
        """Whether it is in a thread that one of our messages began, such as the answer to a slash command."""
        return bool(event.get("thread_ts")) and event.get("parent_user_id") == self._known.me.user

    def _notation(self, event: Json) -> str:
        """Its text in Slack's notation; pasted text may come only as blocks."""
        blocks = (block for block in event.get("blocks") or [] if block.get("type") != "table")
        return str(event.get("text") or "") or notation(blocks)

    def _text(self, event: Json) -> str:
        """Its text, and the tables pasted with it."""
        said = words_to(self._notation(event), self._known.me.user, self._known.names)
        table = pasted(event, self._known.names)
        return "\n\n".join(part for part in (said, table) if part.strip()) if table else said
