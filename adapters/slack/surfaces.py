"""
What people see of the app beside messages, and press there: forms that open, and later pages of their own.

Slack is acknowledged at once: nothing here is worth a second delivery, and a form must open within three seconds.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from adapters.slack import manifest
from adapters.slack.directory import Directory
from adapters.slack.modal import question_form
from adapters.slack.normalise import chat_type_of
from adapters.slack.shared import SlackSharedState
from bridge.sdk import telemetry
from bridge.sdk.errors import BridgeError
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.sdk.self_service import SelfService

Json = dict[str, Any]

_IN_COMPANY: Final = ("C", "G")


class Surfaces:
    """The app's surfaces in one workspace."""

    def __init__(
        self,
        shared: SlackSharedState,
        directory: Directory,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._shared = shared
        self._directory = directory
        self._spawn = spawn  # begins what nobody waits for
        self.service: SelfService | None = None

    def take(self, body: Json) -> bool:
        """Begin what *body* asks for; False if it is none of ours."""
        match body:
            case {"type": "message_action", "callback_id": manifest.SHORTCUT}:
                self._spawn(self._tolerant("form", self._open_form(body)))
            case _:
                return False
        return True

    async def _open_form(self, action: Json) -> None:
        """Open the form for a question about a message, if who wants to ask may."""
        user, channel = str(action["user"]["id"]), action["channel"]
        message = action["message"]
        await self._directory.learn([user, str(message.get("user") or ""), *self._unknown_place(str(channel["id"]))])
        kind = chat_type_of(str(channel["id"]), channel.get("name"), self._directory.chat_types)
        visitor = self._visitor(user, str(channel["id"]), kind)
        language = visitor.author.language
        try:
            if self.service is not None and await self.service.may_talk(visitor):
                form = question_form(action, self._directory.names, language)
                await self._shared.api.open_view(str(action["trigger_id"]), form)
        except BridgeError:
            if address := action.get("response_url"):
                await self._shared.api.respond(str(address), translate(MessageId.FAILED_GENERIC, language))
            raise

    def _visitor(self, user: str, channel: str, kind: ChatType) -> Inbound:
        """Who looks at something of ours, in the place where they would say something."""
        return Inbound(
            dedupe_keys=(),
            where=Place(adapter=self._shared.adapter, chat=channel, workspace=self._shared.me.team),
            chat_type=kind,
            author=self._directory.people.get(user) or Person(id=user),
            text="",
            address=Address.TO_US,
        )

    def _unknown_place(self, channel: str) -> list[str]:
        """The *channel*, if Slack must tell how many listen there."""
        known = channel in self._directory.chat_types or not channel.startswith(_IN_COMPANY)
        return [] if known else [channel]

    async def _tolerant(self, feature: str, deed: Coroutine[Any, Any, None]) -> None:
        """Do it; what cannot be done is told to the operator."""
        try:
            await deed
        except BridgeError as failure:
            telemetry.feature_missing(adapter=self._shared.adapter, feature=feature, because=failure.detail)
