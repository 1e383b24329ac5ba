"""
Reads what people say by a button under an answer, or by one of our forms.

https://docs.slack.dev/interactivity/handling-user-interaction#payloads
"""

from collections.abc import Mapping
from typing import Any

from adapters.slack import modal, reason
from adapters.slack.attachments import attachments
from adapters.slack.buttons import THUMB_DOWN, pressed
from adapters.slack.known import KnownWorkspace, only_known
from adapters.slack.modal import AskedAbout, answered
from adapters.slack.places import chat_type_of, told_by
from adapters.slack.reason import GivenReason, given
from adapters.slack.rich_text import notation
from adapters.slack.words import unescaped, words, words_to
from bridge.sdk.model import Address, ChatType, Inbound, Quote, Rating, Ref

Json = Mapping[str, Any]


def press(payload: Json, action: Json, known: KnownWorkspace) -> Inbound | None:
    """
    Read the press of a button under an answer; a suggested question is asked once per person, a thumb may change.

    The question joins the conversation of whoever presses: below an answer outside of threads that is their own, which need
    not contain that answer.
    """
    said = pressed(action)
    if said is None:
        return None
    shown, channel = payload["container"], str(payload["channel"]["id"])
    answer, thread = str(shown["message_ts"]), shown.get("thread_ts")
    chat_type = known.chat_type(channel, told_by(payload["channel"].get("name")))
    where, alone = known.place(channel, chat_type, thread), chat_type is ChatType.PRIVATE
    again = action["action_ts"] if said.repeats else f"{action['action_id']}:{payload['user']['id']}"
    below = thread or (None if shown.get("is_ephemeral") else answer)
    question = only_known(ts=str(action["action_ts"]), thread_ts=below, team=payload["user"].get("team_id"))
    private = only_known(thread_ts=thread, response_url=payload.get("response_url"))
    return Inbound(
        dedupe_keys=known.keys(f"press:{channel}:{answer}:{again}"),
        where=where,
        chat_type=chat_type,
        author=known.person(payload["user"]["id"]),
        text=said.text,
        address=Address.TO_US,
        command=said.command,
        turn_key=said.turn_key,
        rating=said.rating,
        quote=_answer(payload, answer, known) if said.is_question else None,
        sent_at=float(action["action_ts"]),
        is_beside_threads=said.turn_key is None and said.command is not None and where.thread is None and not alone,
        reply_context=private if said.rating or (said.command and below is None) else question,
    )


def submission(view: Json, user: Json, known: KnownWorkspace) -> Inbound | None:
    """Read a submitted form; a second submission is a repetition."""
    match view.get("callback_id"):
        case modal.CALLBACK:
            return _asked_about(answered(view), str(view["id"]), user, known)
        case reason.CALLBACK:
            return _disliked(given(view), str(view["id"]), user, known)
    return None


def _answer(payload: Json, ref: str, known: KnownWorkspace) -> Quote:
    """The answer below which a button was pressed."""
    message = payload.get("message") or {}
    blocks = [block for block in message.get("blocks") or [] if block.get("type") != "actions"]
    text = words(notation(blocks) or str(message.get("text") or ""), known.names)
    return Quote(text=text, ours=True, ref=Ref(ref))


def _asked_about(asked: AskedAbout, form: str, user: Json, known: KnownWorkspace) -> Inbound:
    """Read a question from the form of the shortcut; it is answered in the thread of the message it is about."""
    chat_type = chat_type_of(asked.channel, asked.channel_name, known.chat_types)
    ours = asked.author == known.me.user
    quote = Quote(
        text=words_to(asked.text, known.me.user, known.names).strip("\n"),
        author=known.names.get(asked.author) or unescaped(asked.author_name) or None,
        attachments=attachments(asked.files),
        ours=ours,
        ref=Ref(asked.ts) if ours else None,
    )
    return Inbound(
        dedupe_keys=known.keys(f"form:{form}"),
        where=known.place(asked.channel, chat_type, asked.thread),
        chat_type=chat_type,
        author=known.person(str(user["id"])),
        text=asked.question,
        address=Address.TO_US,
        quote=quote,
        sent_at=float(asked.asked_at),
        reply_context=only_known(
            ts=asked.asked_at,
            thread_ts=asked.thread,
            team=user.get("team_id") or known.me.team,
            response_url=asked.response_url,
            cut=asked.ts if asked.is_cut else None,
        ),
    )


def _disliked(said: GivenReason, form: str, user: Json, known: KnownWorkspace) -> Inbound:
    """Read why somebody put a thumb down."""
    kind = chat_type_of(said.channel, said.channel_name, known.chat_types)
    return Inbound(
        dedupe_keys=known.keys(f"form:{form}"),
        where=known.place(said.channel, kind, said.thread),
        chat_type=kind,
        author=known.person(str(user["id"])),
        text=THUMB_DOWN,
        address=Address.TO_US,
        rating=Rating(turn_key=said.turn_key, liked=False, reason=said.reason),
        sent_at=float(said.at),
    )
