"""
The assistant's pane: a greeting, suggested questions, titles of threads, and which channel the person is viewing beside it.

New apps are agents: their pane is the Messages tab, with suggestions on top of it. Older apps have assistant threads, each
announced by an event.
https://docs.slack.dev/ai/developing-ai-apps · https://docs.slack.dev/reference/events/assistant_thread_started
"""

from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from adapters.slack.directory import Directory
from adapters.slack.limits import PROMPT_LONGEST, PROMPTS_MOST, TITLE_LONGEST
from adapters.slack.metadata import NOTE
from adapters.slack.pace import PROMPTS, TITLE, post_in
from adapters.slack.remembered import Remembered
from adapters.slack.render import render
from adapters.slack.shared import SlackSharedState
from adapters.slack.visitors import Visitors
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import ChatType, Inbound
from bridge.sdk.self_service import SelfService

Json = Mapping[str, Any]

_CHANNEL_ENTITY: Final = "slack#/types/channel_id"
"""https://docs.slack.dev/reference/events/app_context_changed"""

_REMEMBERED: Final = 10_000
_DAY: Final = 86400.0
_HOUR: Final = 3600.0


class AssistantPanes:
    """The assistant's panes in one workspace."""

    def __init__(self, shared: SlackSharedState, directory: Directory) -> None:
        self._shared = shared
        self._directory = directory
        self._looking_at: Remembered[str] = Remembered(most=_REMEMBERED, seconds=_DAY, clock=shared.now)  # by pane
        self._untitled: Remembered[bool] = Remembered(most=_REMEMBERED, seconds=_DAY, clock=shared.now)  # threads
        self._refused: Remembered[bool] = Remembered(most=1, seconds=_HOUR, clock=shared.now)

    def deed(self, event: Json, visitors: Visitors, service: SelfService) -> Coroutine[Any, Any, None] | None:
        """What to do about an event; None if it does not concern a pane."""
        match event:
            case {"type": "assistant_thread_started", "assistant_thread": {"thread_ts": str(thread)} as pane}:
                if (key := _key(pane["channel_id"], thread)) in self._untitled:
                    return _nothing()  # it was sent again
                self._untitled[key] = True
                self._remember(key, _thread_context(pane))
                return self._welcome(visitors.at(str(pane["user_id"]), str(pane["channel_id"])), thread, service)
            case {"type": "assistant_thread_context_changed", "assistant_thread": {"thread_ts": str(thread)} as pane}:
                return self._look(_key(pane["channel_id"], thread), _thread_context(pane))
            case {"type": "app_context_changed", "channel": str(channel), "context": dict(context)}:
                return self._look(_key(channel, None), _entities(context))
            case {"type": "app_home_opened", "tab": "messages", "user": str(user), "channel": str(channel)}:
                return self._welcome(visitors.at(user, channel), None, service)
        return None

    def with_context(self, message: Inbound) -> Inbound:
        """*message* with the channel that its author views beside the pane."""
        if message.chat_type is not ChatType.PRIVATE or not message.is_question:
            return message
        channel, thread = message.where.chat, message.reply_context.get("thread_ts")
        seen = self._looking_at.get(_key(channel, thread)) or self._looking_at.get(_key(channel, None))
        name = self._directory.names.get(seen or "")
        return replace(message, looking_at=f"#{name}") if name else message

    async def entitle(self, message: Inbound) -> None:
        """Name a pane's thread after *message* if that is its first question; a failure is ignored."""
        context, title = message.reply_context, _shortened(message.text, TITLE_LONGEST)
        thread = context.get("thread_ts") or context.get("ts")
        if thread is None or not title or not self._is_first(message) or "titles" in self._refused:
            return
        self._untitled.pop(_key(message.where.chat, thread))
        if self._shared.sender.may(TITLE):
            try:
                await self._shared.api.set_title(message.where.chat, thread, title)
            except Later:
                return
            except Never as refusal:
                self._refuse("titles", refusal)

    def _is_first(self, message: Inbound) -> bool:
        """Whether it begins a thread: with an agent any message outside a thread, with an assistant the first after opening."""
        if message.chat_type is not ChatType.PRIVATE or not message.is_question:
            return False
        thread = message.reply_context.get("thread_ts")
        return thread is None or _key(message.where.chat, thread) in self._untitled

    async def _welcome(self, who: Awaitable[Inbound], thread: str | None, service: SelfService) -> None:
        """Greet whoever opened an assistant's thread, and suggest questions there or on top of an agent's pane."""
        person = await who
        channel = person.where.chat
        overview = await service.overview(person)
        if overview is None:
            return
        if thread is not None:
            greeting = overview.greeting or translate(MessageId.GREETING, person.author.language)
            await self._shared.sender.send(
                post_in(channel),
                lambda: self._shared.api.post(channel, render(greeting), thread=thread, metadata=NOTE),
                kind="chat.postMessage",
            )
        if overview.prompts and self._shared.sender.may(PROMPTS):
            title = translate(MessageId.HOME_PROMPTS, person.author.language)
            await self._shared.api.set_prompts(channel, thread, _prompts(overview.prompts), title)

    async def _look(self, pane: str, channel: str) -> None:
        """Remember that the person of that pane now views *channel*."""
        self._remember(pane, channel)
        await self._directory.learn([channel])

    def _remember(self, pane: str, channel: str) -> None:
        self._looking_at[pane] = channel

    def _refuse(self, feature: str, refusal: Never) -> None:
        self._refused[feature] = True
        telemetry.feature_missing(adapter=self._shared.adapter, feature=feature, because=refusal.detail)


def _prompts(questions: Iterable[str]) -> list[dict[str, str]]:
    return [{"title": _shortened(one, PROMPT_LONGEST), "message": one} for one in list(questions)[:PROMPTS_MOST]]


def _thread_context(pane: Json) -> str:
    """The channel shown beside an assistant's thread; empty if none."""
    return str((pane.get("context") or {}).get("channel_id") or "")


def _entities(context: Json) -> str:
    """The channel shown beside an agent's pane; empty if none."""
    found = (each.get("value") for each in context.get("entities") or [] if each.get("type") == _CHANNEL_ENTITY)
    return str(next(found, None) or "")


def _key(channel: object, thread: str | None) -> str:
    return f"{channel}/{thread or ''}"


def _shortened(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


async def _nothing() -> None:
    return None
