"""The workspaces in which an app hears and speaks: the one of its token, or every one that has installed it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from slack_bolt.request.internals import extract_enterprise_id, extract_is_enterprise_install, extract_team_id

from adapters.slack.api import SlackIdentity
from adapters.slack.directory import Directory
from adapters.slack.normalise import normalise
from adapters.slack.qualifying import qualified, split_id
from adapters.slack.shared import SlackSharedState
from adapters.slack.surfaces import Surfaces
from bridge.sdk.background import Background
from bridge.sdk.errors import Unauthorised
from bridge.sdk.model import Inbound
from bridge.sdk.self_service import Overview, SelfService

Json = dict[str, Any]

_LIFE_CYCLE: Final = frozenset({"app_uninstalled", "tokens_revoked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What belongs to one installation: its API and budgets, names of its people, its surfaces."""

    key: str  #: of the installation: a workspace, or a whole organisation
    shared: SlackSharedState
    directory: Directory
    surfaces: Surfaces
    several: bool  #: whether the app may have others, so that ids must say where they belong

    def read(self, body: Json) -> Inbound | None:
        """Read *body*, with ids as the core expects them."""
        me = self.identity_in(body)
        if (
            "user" in body
        ):  # an organisation's has no team (https://docs.slack.dev/enterprise), a guest's form its author's
            body = {**body, "team": {"id": me.team}}
        known = self.directory
        message = normalise(
            body,
            adapter=self.shared.adapter,
            me=me,
            people=known.people,
            names=known.names,
            chat_types=known.chat_types,
        )
        return qualified(message, self.key) if message and self.several else message

    def identity_in(self, body: Json) -> SlackIdentity:
        """The bot's identity for *body*: an organisation's installation acts in the workspace where something happened."""
        me = self.shared.me
        return replace(me, team=workspace_in(body) or me.team) if self.several else me


def open_workspace(
    shared: SlackSharedState, service: SelfService | None, background: Background, *, several: bool
) -> Workspace:
    """Build a workspace around its API."""
    directory = Directory(shared.adapter, shared.api, shared.sender.may)
    own = _QualifyingService(service, shared.me.team) if service and several else service

    def team_in(body: Json) -> str:
        return (workspace_in(body) if several else "") or shared.me.team

    surfaces = Surfaces(shared, directory, own, background.spawn, team_in)
    return Workspace(key=shared.me.team, shared=shared, directory=directory, surfaces=surfaces, several=several)


class Workspaces(Protocol):
    """The open workspaces of an app."""

    async def of(self, body: Json) -> Workspace | None:
        """The workspace that *body* is for; None if the app is not installed there (any more)."""

    def known(self, body: Json) -> Workspace | None:
        """As `of`, among those that are open already."""

    async def at(self, key: str) -> Workspace:
        """The workspace of that installation; `Unauthorised` where there is none."""

    def by_default(self) -> Workspace | None:
        """The only one there is."""

    def everywhere(self) -> Sequence[Workspace]:
        """All of them."""

    def set_replica_count(self, replicas: int) -> None:
        """Share the budgets among so many replicas."""

    async def close(self) -> None:
        """Stop asking Slack about people and channels."""


class OneWorkspace:
    """The `Workspaces` of a config with one bot token."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def of(self, body: Json) -> Workspace | None:
        """The workspace; None for a *body* of another one, as one app token serves all that have installed the app."""
        return self.known(body)

    def known(self, body: Json) -> Workspace | None:
        """As `of`."""
        return self._workspace if extract_team_id(body) in (None, self._workspace.shared.me.team) else None

    async def at(self, _key: str) -> Workspace:
        """The workspace, whichever key is asked for."""
        return self._workspace

    def by_default(self) -> Workspace | None:
        """The workspace."""
        return self._workspace

    def everywhere(self) -> Sequence[Workspace]:
        """The one workspace there is."""
        return [self._workspace]

    def set_replica_count(self, replicas: int) -> None:
        """Share the budgets among so many replicas."""
        self._workspace.shared.pace.replicas = replicas

    async def close(self) -> None:
        """Stop asking Slack about people and channels."""
        await self._workspace.directory.close()


async def known_names(workspaces: Workspaces, ids: Sequence[str]) -> dict[str, str]:
    """The names of *ids* (qualified if there are several workspaces), as far as Slack tells them in half a second."""
    there, only = workspaces.everywhere(), workspaces.by_default()
    told = {each: split_id(each) for each in ids}

    async def learn(one: Workspace) -> None:
        own = [plain for key, plain in told.values() if key == one.key or (not key and one is only)]
        await one.directory.learn(own, one.key)

    await asyncio.gather(*map(learn, there))
    return {each: name for each, (key, plain) in told.items() if (name := _called(plain, key, there))}


def _called(plain: str, key: str, there: Sequence[Workspace]) -> str:
    """The name of an id: as known in its own workspace, else where it was seen; empty if unknown."""
    nearest = sorted(there, key=lambda one: one.key != key)
    return next((name for one in nearest if (name := one.directory.names.get(plain))), "")


def installation_keys(body: Json) -> tuple[str, ...]:
    """The keys of installations that *body* may be for, the likeliest first."""
    team, enterprise = extract_team_id(body), extract_enterprise_id(body)
    of_organisation = extract_is_enterprise_install(body)
    keys = (enterprise, team) if of_organisation else (team, enterprise)
    return tuple(str(key) for key in keys if key)


def is_about_life_cycle(body: Json) -> bool:
    """Whether the event says that an installation ends."""
    return (body.get("event") or {}).get("type") in _LIFE_CYCLE


def unknown_workspace(key: str) -> Unauthorised:
    """The error for a workspace in which the app is not installed (any more)."""
    return Unauthorised(f"expected a workspace that has installed the app, got {key or 'none'}")


def workspace_in(body: Json) -> str:
    """The workspace in which *body* happened, if it tells."""
    team, user, event, view = body.get("team"), body.get("user"), body.get("event") or {}, body.get("view") or {}
    told = (
        view.get("app_installed_team_id"),
        body.get("context_team_id"),
        body.get("team_id"),
        team.get("id") if isinstance(team, dict) else team,
        user.get("team_id") if isinstance(user, dict) else None,
        event.get("team"),
    )
    return next((one for one in told if isinstance(one, str) and one.startswith("T")), "")


@dataclass(frozen=True, slots=True)
class _QualifyingService:
    """Passes visitors of one of several workspaces to the core, with qualified ids."""

    service: SelfService
    installation: str

    async def may_talk(self, visitor: Inbound) -> bool:
        return await self.service.may_talk(qualified(visitor, self.installation))

    async def overview(self, visitor: Inbound) -> Overview | None:
        return await self.service.overview(qualified(visitor, self.installation))

    async def forget(self, visitor: Inbound) -> None:
        await self.service.forget(qualified(visitor, self.installation))
