"""
The app's surfaces beside messages: forms, the Home tab and the assistant's pane.

Their events are acknowledged at once: none is worth a second delivery, and a form must open within three seconds.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from adapters.slack import home as pages
from adapters.slack.assistant import AssistantPanes
from adapters.slack.directory import Directory
from adapters.slack.modal import question_form
from adapters.slack.pace import HOME
from adapters.slack.places import chat_type_of
from adapters.slack.reason import reason_form
from adapters.slack.shared import SlackSharedState
from adapters.slack.visitors import Visitors, home_of
from bridge.sdk import telemetry
from bridge.sdk.errors import BridgeError
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Inbound, Rating
from bridge.sdk.self_service import SelfService

Json = dict[str, Any]

_IN_COMPANY: Final = ("C", "G")
_NOWHERE: Final = "home"
"""In place of a channel's id, if Slack does not tell the direct message in which a person would write."""


class Surfaces:
    """The app's surfaces in one workspace."""

    def __init__(
        self,
        shared: SlackSharedState,
        directory: Directory,
        service: SelfService | None,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        team_in: Callable[[Json], str],
    ) -> None:
        self._shared = shared
        self._directory = directory
        self._service = service
        self._spawn = spawn  # begins what nobody waits for
        self._team_in = team_in  # in which workspace something happened
        self.panes = AssistantPanes(shared, directory)

    def receive(self, body: Json) -> bool:
        """Begin what *body* asks for; False if it does not concern a surface."""
        if self._service is None or (found := self._deed(body, self._service)) is None:
            return False
        feature, deed = found
        self._spawn(self._tolerant(feature, deed))
        return True

    def _deed(self, body: Json, service: SelfService) -> tuple[str, Coroutine[Any, Any, None]] | None:
        """What to do, and its name in the log."""
        visitors = self._visitors(body)
        match body:
            case {"type": "message_action"}:  # whatever the app's owner calls the one it has
                return "form", self._open_form(body, visitors, service)
            case {"type": "event_callback", "event": {"type": "app_home_opened", "tab": "home"} as event}:
                return "home", self._show_home(visitors.at(str(event["user"]), str(event["channel"])), service)
            case {"type": "block_actions", "container": {"type": "view"}, "actions": [{"action_id": pages.FORGET}, *_]}:
                where = str(body["view"].get("private_metadata") or _NOWHERE)
                return "home", self._forget(visitors.at(str(body["user"]["id"]), where), service)
            case {"type": "event_callback", "event": {"type": str()} as event}:
                pane = self.panes.deed(event, visitors, service)
                return ("assistant", pane) if pane else None
        return None

    async def _open_form(self, action: Json, visitors: Visitors, service: SelfService) -> None:
        """Open the form for a question about a message, if the person may use the bot."""
        asker = await self._presser(action, visitors, str(action["message"].get("user") or ""))
        language = asker.author.language
        try:
            if await service.may_talk(asker):
                form = question_form(action, self._shared.me.user, self._directory.names, language)
                await self._shared.api.open_view(str(action["trigger_id"]), form)
        except BridgeError:
            if address := action.get("response_url"):
                await self._shared.api.respond(str(address), translate(MessageId.FAILED_GENERIC, language))
            raise

    def ask_reason(self, press: Json, rating: Rating) -> None:
        """Begin to ask whoever put a thumb down what was wrong; the thumb counts in any case."""
        is_pressed = press["type"] == "block_actions"  # not a form that was sent without a reason
        if self._service is not None and is_pressed and not rating.liked and "trigger_id" in press:
            self._spawn(self._tolerant("form", self._open_reason(press, rating.turn_key, self._service)))

    async def _open_reason(self, press: Json, turn_key: str, service: SelfService) -> None:
        who = await self._presser(press, self._visitors(press))
        if await service.may_talk(who):
            form = reason_form(press, turn_key, who.author.language)
            await self._shared.api.open_view(str(press["trigger_id"]), form)

    async def _presser(self, press: Json, visitors: Visitors, *others: str) -> Inbound:
        """The person who pressed, as a message without text; also learns the names of *others*."""
        user, channel = str(press["user"]["id"]), press["channel"]
        await self._directory.learn([user, *others, *self._unknown_place(str(channel["id"]))])
        kind = chat_type_of(str(channel["id"]), channel.get("name"), self._directory.chat_types)
        return await visitors.at(user, str(channel["id"]), kind)

    def _visitors(self, body: Json) -> Visitors:
        team = self._team_in(body)
        return Visitors(adapter=self._shared.adapter, directory=self._directory, team=team, home=home_of(body, team))

    async def _show_home(self, who: Awaitable[Inbound], service: SelfService) -> None:
        """Fill somebody's Home tab."""
        await self._publish(await who, service)

    async def _forget(self, who: Awaitable[Inbound], service: SelfService) -> None:
        """Erase somebody who has confirmed that they want it, and show them that it is done."""
        person = await who
        await service.forget(person)
        await self._publish(person, service, forgotten=True)

    async def _publish(self, person: Inbound, service: SelfService, *, forgotten: bool = False) -> None:
        overview = await service.overview(person)
        language = person.author.language
        view = pages.home(overview, language, forgotten=forgotten) if overview else pages.closed_home(language)
        where = {"private_metadata": person.where.chat}
        await self._shared.sender.send(
            HOME, lambda: self._shared.api.publish_home(person.author.id, view | where), kind="views.publish"
        )

    def _unknown_place(self, channel: str) -> list[str]:
        """The *channel*, if Slack must be asked for its kind."""
        known = channel in self._directory.chat_types or not channel.startswith(_IN_COMPANY)
        return [] if known else [channel]

    async def _tolerant(self, feature: str, deed: Coroutine[Any, Any, None]) -> None:
        """Await *deed*; a failure is logged."""
        try:
            await deed
        except BridgeError as failure:
            telemetry.feature_missing(adapter=self._shared.adapter, feature=feature, because=failure.detail)
