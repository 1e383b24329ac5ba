"""A Slack workspace as a server: its parts, its settings, its paths, and what people can see in it."""

import random
from typing import Generic, Self, TypeVar, overload

from aiohttp import web

from simulators.server import Simulator
from simulators.slack.api import Api
from simulators.slack.assistant import Assistant
from simulators.slack.chat import Chat
from simulators.slack.delivery import EVENTS, Courier, Delivery, Transport
from simulators.slack.events import SUBSCRIPTIONS, Events, subscription
from simulators.slack.files import Files
from simulators.slack.limits import Limits
from simulators.slack.lookups import Lookups
from simulators.slack.model import Ephemeral, Message, Params, Ping, Response
from simulators.slack.oauth import OAuth
from simulators.slack.push import Push
from simulators.slack.responses import Responses
from simulators.slack.socket import Sockets
from simulators.slack.streams import Streams
from simulators.slack.views import Views
from simulators.slack.world import World

T = TypeVar("T")
_STREAMING = ("chat.startStream", "chat.appendStream", "chat.stopStream")


class _Of(Generic[T]):
    """An attribute that belongs to a part of the workspace, lent to the whole."""

    def __init__(self, part: str, name: str) -> None:
        self._part, self._name = part, name

    @overload
    def __get__(self, owner: None, kind: type) -> "_Of[T]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: object | None, kind: type) -> "T | _Of[T]":
        return self if owner is None else getattr(getattr(owner, self._part), self._name)

    def __set__(self, owner: object, value: T) -> None:
        setattr(getattr(owner, self._part), self._name, value)


class Workspace(Simulator):
    """The platform's side; `simulators.slack.Slack` adds the people."""

    bot_user, bot_id = "U0BOT", "B0BOT"

    # what its admin sets
    bot_token = _Of[str]("api", "bot_token")
    app_token = _Of[str]("api", "app_token")
    signing_secret = _Of[str]("push", "signing_secret")
    scopes = _Of[set[str]]("api", "scopes")
    events_url = _Of[str | None]("push", "url")  #: where events are posted to; None: Socket Mode

    # how it behaves
    limits = _Of[Limits | None]("api", "limits")
    refuses = _Of[dict[str, str]]("api", "refuses")  #: the error word a method, or ``*``, always answers with
    time_scale = _Of[float]("courier", "time_scale")  #: stretches the times of deliveries
    stream_lifetime = _Of[float]("streams", "lifetime")  #: seconds
    status_lifetime = _Of[float]("assistant", "status_lifetime")  #: seconds
    swallow_whitespace = _Of[bool]("streams", "swallow_whitespace")
    home_tab = _Of[bool]("views", "home_tab")

    # what there is to see
    deliveries = _Of[list[Delivery]]("courier", "deliveries")
    pings = _Of[list[Ping]]("world", "pings")
    ephemerals = _Of[list[Ephemeral]]("world", "ephemerals")
    responses = _Of[list[Response]]("world", "responses")
    sessions = _Of[dict[tuple[str, str], str]]("assistant", "sessions")  #: by channel and thread
    titles = _Of[dict[tuple[str, str], str]]("assistant", "titles")
    prompts = _Of[dict[tuple[str, str | None], list[Params]]]("assistant", "prompts")
    home = _Of[dict[str, Params]]("views", "home")  #: by person
    modals = _Of[list[Params]]("views", "modals")

    def __init__(self, *, port: int = 0, team: str = "T0SIM", name: str = "Sim") -> None:
        super().__init__(port=port)
        self.team, self.name = team, name
        self.neighbours: list[Self] = []
        self.oauth = OAuth(self._record, lambda: [self, *self.neighbours])
        self.world = World(team=self.team, bot_user=self.bot_user, bot_id=self.bot_id)
        self.api = Api(self.world, self.faults, self._record)
        self.courier = Courier()
        self.sockets = Sockets(self.faults, self.changed, self._answered)
        self.push = Push(self._answered)
        self.responder = Responses(self.world, self.faults, self._record)
        self.assistant = Assistant(self.world)
        self.streams = Streams(self.world, self.assistant.sessions, self.assistant.replied)
        self.lookups = Lookups(self.world)
        self.views = Views(self.world)
        self.files = Files(self.world, self.faults, self.api.holds, self.changed)
        self.events = Events(self.world)
        self.random = random.Random(0)
        self.subscriptions: set[str] = set(SUBSCRIPTIONS)
        self.echoes = True  #: tell the app of its own messages, and of each change to them
        self._only_away = False
        self.world.watch, self.streams.ended, self.courier.changed = self._echo, self.changed, self.changed
        chat = Chat(self.world, self.assistant.replied)
        for part in (chat, self.streams, self.assistant, self.lookups, self.views, self.files, self.sockets):
            self.api.methods |= part.methods

    def neighbour(self, team: str, *, enterprise: str | None = None) -> Self:
        """A further workspace on this server, which has not installed the app yet; one socket serves them all."""
        other = type(self)(team=team, name=f"Workspace {team}")
        other.world.url, other.world.enterprise = self.url, enterprise
        other.bot_token, other.courier.time_scale = "", self.time_scale
        other.sockets, other.push, other.oauth = self.sockets, self.push, self.oauth
        other.listen(self.changed)
        self.neighbours.append(other)
        self.api.others.append(other.api)
        self.responder.others.append(other.responder)
        return other

    def uninstall(self) -> None:
        """Have an admin take the app away: its token is none any more, and the app hears of it, twice."""
        self.api.dead[self.bot_token] = "account_inactive"
        for event in (
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot_user]}},
            {"type": "app_uninstalled"},
        ):
            payload = self.events.callback(event)
            payload.pop("authorizations")
            self.send(EVENTS, payload)
        self.bot_token = ""

    def expire(self) -> None:
        """Let twelve hours pass: the token is none any more, and the app has to get the next."""
        self.api.dead[self.bot_token] = "token_expired"

    @property
    def api_url(self) -> str:
        """What clients take for ``https://slack.com/api/``."""
        return f"{self.url}/api/"

    @property
    def strict_limits(self) -> bool:
        """Whether calls are limited as Slack documents it."""
        return self.limits is not None

    @strict_limits.setter
    def strict_limits(self, strict: bool) -> None:
        self.limits = Limits() if strict else None

    @property
    def native_streaming(self) -> bool:
        """Whether this workspace has streams at all."""
        return not any(method in self.refuses for method in _STREAMING)

    @native_streaming.setter
    def native_streaming(self, offered: bool) -> None:
        for method in _STREAMING:
            if offered:
                self.refuses.pop(method, None)
            else:
                self.refuses[method] = "unknown_method"

    # --- what people see

    def messages(self, channel: str, thread: str | None = None) -> list[Message]:
        """What stands in *channel*, or in one thread of it, root first; oldest first."""
        return self.world.thread(channel, thread) if thread else list(self.world.standing[channel])

    def bot_texts(self, channel: str, thread: str | None = None) -> list[str]:
        """What people read of the bot there."""
        return [message.shown for message in self.messages(channel, thread) if message.bot]

    def message(self, ts: str) -> Message:
        """The message that was given *ts*."""
        return self.world.by_ts[ts]

    def status(self, channel: str, thread: str) -> str:
        """What the app says it is doing; empty for nothing."""
        return self.assistant.status(channel, thread)

    def phrases(self, channel: str, thread: str) -> list[str]:
        """What takes turns with that; Slack shows each for a while."""
        return self.assistant.phrases(channel, thread)

    # --- delivery

    def emit(self, event: Params) -> Delivery | None:
        """Tell the app of *event*, if it is subscribed to such events."""
        if subscription(event) not in self.subscriptions or not self.bot_token:
            return None
        return self.send(EVENTS, self.events.callback(event))

    def send(self, kind: str, payload: Params, *, first_retry: int = 0) -> Delivery:
        """Bring *payload* to the app, by whichever way it listens on."""
        way: Transport = self.push if self.events_url else self.sockets
        return self.courier.send(Delivery(kind=kind, payload=payload, first_retry=first_retry), way)

    def redeliver(self, times: int = 1, seed: int = 0) -> list[Delivery]:
        """Send every event so far *times* more, in any order, as a platform does that missed the answers."""
        again = [delivery for delivery in self.deliveries if delivery.kind == EVENTS] * times
        random.Random(seed).shuffle(again)
        return [self.send(EVENTS, delivery.payload, first_retry=1) for delivery in again]

    def hurry(self) -> None:
        """Make every retry that waits for its time now."""
        self.courier.hurry()

    async def settled(self, *, within: float = 20.0) -> None:
        """Wait until everything sent was acknowledged or given up."""
        await self.until(self.courier.settled, within=within)

    async def verify_url(self) -> bool:
        """Whether the app passes the challenge at its ``events_url``."""
        return await self.push.verify(3.0 * self.time_scale)

    async def refresh_sockets(self, reason: str = "refresh_requested", *, closes_after: float = 10.0) -> None:
        """Ask the app to connect anew."""
        await self.sockets.refresh(reason, closes_after=closes_after * self.time_scale)

    # --- the server

    def routes(self, app: web.Application) -> None:
        """Add the platform's paths."""
        app.router.add_post("/api/oauth.v2.access", self.oauth.access)
        app.router.add_get("/oauth/v2/authorize", self.oauth.page)
        app.router.add_get("/oauth/v2/allow", self.oauth.allow)
        app.router.add_route("*", "/api/{method}", self.api.serve)
        app.router.add_get("/link/", self.sockets.link)
        app.router.add_post("/upload/v1/{file}", self.files.upload)
        app.router.add_get("/files-pri/{file}/{name}", self.files.download)
        app.router.add_post("/respond/{key}", self.responder.serve)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.world.url = self.sockets.url = self.url
        return self

    async def go_away(self) -> None:
        """Refuse connections for a while, keeping everything known, also what is still to be delivered."""
        self._only_away = True
        try:
            await super().go_away()
        finally:
            self._only_away = False

    async def closing(self) -> None:
        """End the connections, and unless it will come back, the deliveries."""
        await self.sockets.close()
        if not self._only_away:
            await self.courier.close()
            await self.push.close()
            self.streams.close()

    def _record(self, method: str, params: Params, ok: bool) -> None:  # noqa: FBT001  passed on as it is
        self.record(method, params, ok=ok)

    def _echo(self, what: str, message: Message, before: str) -> None:
        if self.echoes and message.bot:
            self.emit(self.events.told(what, message, before))

    def _answered(self, delivery: Delivery, said: Params) -> None:
        if "command" in delivery.payload and said:
            self.responder.acknowledged(delivery.payload["channel_id"], delivery.payload["user_id"], said)
