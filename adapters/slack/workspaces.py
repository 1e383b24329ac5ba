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
    """All that belongs to one installation: its API and budgets, its people's names, its surfaces."""

    key: str  #: of the installation: a workspace, or a whole organisation
    shared: SlackSharedState
    directory: Directory
    surfaces: Surfaces
    several: bool  #: whether the app may have others, so that ids must say where they belong

    def read(self, body: Json) -> Inbound | None:
        """What is said in *body*, as the core gets it."""
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
        """Who we are there: an organisation's installation is in the workspace where something happened."""
        me = self.shared.me
        return replace(me, team=workspace_in(body) or me.team) if self.several else me


def open_workspace(
    shared: SlackSharedState, service: SelfService | None, background: Background, *, several: bool
) -> Workspace:
    """A workspace whose API is known."""
    directory = Directory(shared.adapter, shared.api, shared.sender.may)
    own = _QualifyingService(service, shared.me.team) if service and several else service

    def team_in(body: Json) -> str:
        return (workspace_in(body) if several else "") or shared.me.team

    surfaces = Surfaces(shared, directory, own, background.spawn, team_in)
    return Workspace(key=shared.me.team, shared=shared, directory=directory, surfaces=surfaces, several=several)


class Workspaces(Protocol):
    """Those that are open."""

    async def of(self, body: Json) -> Workspace | None:
        """Where *body* was heard; None where we are not, or not any more."""

    def known(self, body: Json) -> Workspace | None:
        """As `of`, among those that are open already."""

    async def at(self, key: str) -> Workspace:
        """The workspace of that installation; `Unauthorised` where there is none."""

    def by_default(self) -> Workspace | None:
        """The only one there is."""

    def everywhere(self) -> Sequence[Workspace]:
        """All of them."""

    def set_replica_count(self, replicas: int) -> None:
        """So many replicas speak there now."""

    async def close(self) -> None:
        """Ask nothing more."""


class OneWorkspace:
    """That of the bot's token."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def of(self, body: Json) -> Workspace | None:
        """It, unless *body* is of another: one app token serves every workspace the app is installed in."""
        return self.known(body)

    def known(self, body: Json) -> Workspace | None:
        """As `of`."""
        return self._workspace if extract_team_id(body) in (None, self._workspace.shared.me.team) else None

    async def at(self, _key: str) -> Workspace:
        """It."""
        return self._workspace

    def by_default(self) -> Workspace | None:
        """It."""
        return self._workspace

    def everywhere(self) -> Sequence[Workspace]:
        """It."""
        return [self._workspace]

    def set_replica_count(self, replicas: int) -> None:
        """So many replicas speak there now."""
        self._workspace.shared.pace.replicas = replicas

    async def close(self) -> None:
        """Ask nothing more."""
        await self._workspace.directory.close()


async def known_names(workspaces: Workspaces, ids: Sequence[str]) -> dict[str, str]:
    """What *ids*, qualified where there are several workspaces, are called, as far as Slack tells in half a second."""
    there, only = workspaces.everywhere(), workspaces.by_default()
    told = {each: split_id(each) for each in ids}

    async def learn(one: Workspace) -> None:
        own = [plain for key, plain in told.values() if key == one.key or (not key and one is only)]
        await one.directory.learn(own, one.key)

    await asyncio.gather(*map(learn, there))
    return {each: name for each, (key, plain) in told.items() if (name := _called(plain, key, there))}


def _called(plain: str, key: str, there: Sequence[Workspace]) -> str:
    """The name of that id: as it is known at its home, or else where it was seen; empty for none."""
    nearest = sorted(there, key=lambda one: one.key != key)
    return next((name for one in nearest if (name := one.directory.names.get(plain))), "")


def installation_keys(body: Json) -> tuple[str, ...]:
    """Under which an installation that hears *body* may stand, the likeliest first."""
    team, enterprise = extract_team_id(body), extract_enterprise_id(body)
    of_organisation = extract_is_enterprise_install(body)
    keys = (enterprise, team) if of_organisation else (team, enterprise)
    return tuple(str(key) for key in keys if key)


def is_about_life_cycle(body: Json) -> bool:
    """Whether an installation ends."""
    return (body.get("event") or {}).get("type") in _LIFE_CYCLE


def unknown_workspace(key: str) -> Unauthorised:
    """The app is not installed there, or not any more."""
    return Unauthorised(f"expected a workspace that has installed the app, got {key or 'none'}")


def workspace_in(body: Json) -> str:
    """In which workspace something happened, as far as *body* tells."""
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
    """The core, for visitors of one of several workspaces."""

    service: SelfService
    installation: str

    async def may_talk(self, visitor: Inbound) -> bool:
        return await self.service.may_talk(qualified(visitor, self.installation))

    async def overview(self, visitor: Inbound) -> Overview | None:
        return await self.service.overview(qualified(visitor, self.installation))

    async def forget(self, visitor: Inbound) -> None:
        await self.service.forget(qualified(visitor, self.installation))
