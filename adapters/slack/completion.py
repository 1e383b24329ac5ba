"""Completes a message with what its payload lacks: names for ids, and what opened the thread it is about."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from adapters.slack.attachments import attachments
from adapters.slack.directory import Directory
from adapters.slack.rich_text import notation
from adapters.slack.shared import SlackSharedState
from adapters.slack.words import NamesById, words_to
from bridge.sdk import telemetry
from bridge.sdk.errors import BridgeError, ChatGone, Later, Never, Refused, Unreachable
from bridge.sdk.model import CommandName, Inbound, Quote, Ref

_OPENS_PANE: Final = "assistant_app_thread"
"""How Slack marks the message, in our name, that opens a thread of the older assistant's pane."""


async def complete(message: Inbound, directory: Directory, shared: SlackSharedState, *, about_author: bool) -> Inbound:
    """
    *message* with names in place of ids and, if it says nothing, with what opened its thread.

    Waits as long as the directory does. *about_author*: also look up the author's name and language.
    """
    unnamed = message.reply_context.get("unnamed", "").split()
    wanted = [*unnamed, *([message.author.id] if about_author else [])]
    if any(each not in directory.names for each in wanted):
        await directory.learn(wanted, message.where.workspace or "")
    if "asks" in message.reply_context:
        message = await _with_opening(message, directory, shared)
    elif message.quote is not None and message.quote.began_thread:
        message = await _with_quoted_answer(message, message.quote, directory, shared)
    if "cut" in message.reply_context:
        message = await _with_whole_quote(message, directory, shared)
    author = directory.people.get(message.author.id, message.author)
    named = _named(message, unnamed, directory.names)
    return named if author is named.author else replace(named, author=author)


def _named(message: Inbound, ids: list[str], names: NamesById) -> Inbound:
    """*message* with the names of those *ids* that have one."""
    known = {each: names[each] for each in ids if names.get(each)}
    if not known:
        return message
    pattern = re.compile(rf"(?<=[@#])(?:{'|'.join(map(re.escape, known))})\b")

    def call(text: str) -> str:
        return pattern.sub(lambda found: known[found[0]], text)

    return _with_texts(message, call)


def _with_texts(message: Inbound, change: Callable[[str], str]) -> Inbound:
    forwards = tuple(replace(forward, text=change(forward.text)) for forward in message.forwards)
    return replace(message, text=change(message.text), forwards=forwards)


async def _with_opening(message: Inbound, directory: Directory, shared: SlackSharedState) -> Inbound:
    """*message* with the text that opened its thread; a request for help if we may not read that."""
    try:
        opening = await shared.api.opening(message.where.chat, message.reply_context["thread_ts"])
    except (Refused, Unreachable) as failure:
        return _asking_for_help(message, shared, failure)
    author = str(opening.get("user") or "")
    await directory.learn([author])
    ours = author == shared.me.user
    quote = Quote(
        text=_text_of(opening, directory, shared),
        author=directory.names.get(author) or None,
        attachments=attachments(opening.get("files") or []),
        ours=ours,
        ref=Ref(str(opening["ts"])) if ours else None,
    )
    return replace(message, quote=quote) if quote.text.strip() or quote.attachments else _help(message)


async def _with_quoted_answer(
    message: Inbound, quote: Quote, directory: Directory, shared: SlackSharedState
) -> Inbound:
    """*message* with a quote of our message above it, unless it has one; unchanged if we may not read that."""
    try:
        opening = await shared.api.opening(message.where.chat, message.reply_context["thread_ts"])
    except (Later, Never) as failure:
        telemetry.feature_missing(adapter=shared.adapter, feature="read_back", because=failure.detail)
        return message
    if opening.get("subtype") == _OPENS_PANE:
        return replace(message, quote=None)
    return replace(message, quote=replace(quote, text=_text_of(opening, directory, shared)))


def _text_of(opening: Mapping[str, Any], directory: Directory, shared: SlackSharedState) -> str:
    """The visible text of the message that opened a thread, without its buttons."""
    blocks = [block for block in opening.get("blocks") or [] if block.get("type") != "actions"]
    return words_to(str(opening.get("text") or "") or notation(blocks), shared.me.user, directory.names)


async def _with_whole_quote(message: Inbound, directory: Directory, shared: SlackSharedState) -> Inbound:
    """*message* with the whole message it asks about; with what the form held of it, if we may not read that."""
    context = message.reply_context
    try:
        whole = await shared.api.message(message.where.chat, context["cut"], thread=context["thread_ts"])
    except (Refused, ChatGone, Unreachable) as failure:
        telemetry.feature_missing(adapter=shared.adapter, feature="read_back", because=failure.detail)
        return message
    said = str(whole.get("text") or "") or notation(whole.get("blocks") or [])
    text = words_to(said, shared.me.user, directory.names)
    return replace(message, quote=replace(message.quote or Quote(), text=text))


def _asking_for_help(message: Inbound, shared: SlackSharedState, failure: BridgeError) -> Inbound:
    telemetry.feature_missing(adapter=shared.adapter, feature="read_back", because=failure.detail)
    return _help(message)


def _help(message: Inbound) -> Inbound:
    return replace(message, command=CommandName.HELP)
