"""The status line below a thread, which says that the bot is thinking; nothing waits for it or fails with it."""

from adapters.slack.pace import STATUS
from adapters.slack.shared import SlackSharedState
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Inbound


class ThinkingStatus:
    """The status line of one answer; Slack removes it when the bot posts."""

    def __init__(self, shared: SlackSharedState, message: Inbound) -> None:
        context = message.reply_context
        self._shared = shared
        self._channel = message.where.chat
        self._thread = context.get("thread_ts") or context.get("ts")
        self._words = translate(MessageId.THINKING, message.author.language)
        self._phrases = translate(MessageId.LOADING, message.author.language).split("\n")
        self._is_shown = False
        self._over = False

    async def show(self) -> None:
        """Show that the bot is thinking."""
        self._is_shown = await self._set(self._words)
        if self._is_shown:
            telemetry.record_first_sign()
        if self._over:  # Slack took longer than the answer, and may have heard of this after it
            await self._clear()

    async def clear(self, *, spoken: bool) -> None:
        """Remove the line, unless a post in its place has done so."""
        self._over = True
        if not spoken:
            await self._clear()

    async def _clear(self) -> None:
        if self._is_shown:
            self._is_shown = not await self._set("")

    async def _set(self, text: str) -> bool:
        if self._thread is None or not self._shared.sender.may(STATUS):
            return False
        try:
            await self._shared.api.set_status(self._channel, self._thread, text, self._phrases if text else ())
        except (Later, Never):
            return False
        return True
