"""The workspaces that installed the app: opened at their first event, given new tokens, closed when they uninstall it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from slack_sdk.oauth.installation_store import Installation

from adapters.slack.installations import Installations, key_of
from adapters.slack.remembered import Remembered
from adapters.slack.rotation import Rotation
from adapters.slack.tokens import BotToken
from adapters.slack.workspaces import Workspace, installation_keys, is_about_life_cycle, unknown_workspace
from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import BridgeError
from bridge.sdk.sending import loop_time

Json = dict[str, Any]

FOLLOW_EVERY: Final = 30.0
"""Seconds between two looks at what other replicas have installed, renewed and removed."""

_UNKNOWN_SECONDS: Final = 5.0
_UNKNOWN_MOST: Final = 1_000


class InstalledWorkspaces:
    """The `adapters.slack.workspaces.Workspaces` of an app that people install."""

    def __init__(
        self,
        adapter: str,
        installations: Installations,
        rotation: Rotation,
        open_one: Callable[[Installation, BotToken], Workspace],
    ) -> None:
        self._adapter = adapter
        self._installations = installations
        self._rotation = rotation
        self._open_one = open_one
        self._open: dict[str, tuple[Workspace, BotToken]] = {}
        self._unknown: Remembered[bool] = Remembered(most=_UNKNOWN_MOST, seconds=_UNKNOWN_SECONDS, clock=loop_time)
        self._replicas = 1

    async def of(self, body: Json) -> Workspace | None:
        """The workspace that *body* is for, opened if necessary; closes it if *body* ends the installation."""
        keys = installation_keys(body)
        if is_about_life_cycle(body):
            await self._end(keys, body)
            return None
        for key in keys:
            if workspace := await self._find(key):
                return workspace
        return None

    def known(self, body: Json) -> Workspace | None:
        """As `of`, among the open workspaces."""
        return next((self._open[key][0] for key in installation_keys(body) if key in self._open), None)

    async def at(self, key: str) -> Workspace:
        """The workspace of that installation; `Unauthorised` if there is none."""
        if workspace := await self._find(key):
            return workspace
        raise unknown_workspace(key)

    def everywhere(self) -> list[Workspace]:
        """The open workspaces."""
        return [workspace for workspace, _token in self._open.values()]

    def by_default(self) -> Workspace | None:
        """The workspace, if there is only one."""
        only = list(self._open.values())
        return only[0][0] if len(only) == 1 else None

    def set_replica_count(self, replicas: int) -> None:
        """Share the budgets among so many replicas."""
        self._replicas = replicas
        for workspace, _token in self._open.values():
            workspace.shared.pace.replicas = replicas

    async def close(self) -> None:
        """Close all workspaces."""
        for key in list(self._open):
            await self._close(key)

    async def installed(self, installation: Installation) -> None:
        """Add a workspace that has just installed the app, perhaps again."""
        await self._installations.save(installation)
        key = key_of(installation)
        self._unknown.pop(key)
        await self._close(key)
        self._begin(key, installation)
        daemon_telemetry.workspace_installed(adapter=self._adapter, workspace=key)

    async def follow(self) -> None:
        """Keep up with the other replicas, and renew expiring tokens, until cancelled."""
        while True:
            with self._tolerated():
                for key, installation in (await self.catch_up()).items():
                    if self._rotation.is_due(installation):
                        await self._renew(key)
            await asyncio.sleep(FOLLOW_EVERY)

    async def catch_up(self) -> dict[str, Installation]:
        """Open new installations, close removed ones, and take new tokens; returns all installations."""
        known = await self._installations.all()
        for key in self._open.keys() - known.keys():
            await self._close(key)
        for key, installation in known.items():
            if key not in self._open:
                self._begin(key, installation)
            _workspace, token = self._open[key]
            token.value = installation.bot_token or token.value
        return known

    async def _renew(self, key: str) -> None:
        """Renew a token before it expires; a failure is only logged, so that the others are renewed."""
        if key in self._open:
            with self._tolerated():
                _workspace, token = self._open[key]
                await token.after(token.value, expired=True)

    @contextmanager
    def _tolerated(self) -> Iterator[None]:
        """Await *call*; a failure is only logged, as the next round tries again."""
        try:
            yield
        except BridgeError as failure:
            daemon_telemetry.workspaces_unknown(adapter=self._adapter, because=failure.detail)

    async def _find(self, key: str) -> Workspace | None:
        if key in self._open:
            return self._open[key][0]
        if key in self._unknown or not key:
            return None
        installation = await self._installations.at(key)
        if installation is None:
            self._unknown[key] = True
            return None
        return self._open[key][0] if key in self._open else self._begin(key, installation)

    def _begin(self, key: str, installation: Installation) -> Workspace:
        async def renew(stale: str, expired: bool) -> str | None:  # noqa: FBT001 - of `Renew`
            return await self._rotation.rotate(key, stale, expired=expired)

        token = BotToken(installation.bot_token or "", renew)
        workspace = self._open_one(installation, token)
        workspace.shared.pace.replicas = self._replicas
        self._open[key] = workspace, token
        return workspace

    async def _close(self, key: str) -> None:
        if key in self._open:
            workspace, _token = self._open.pop(key)
            await workspace.directory.close()

    async def _end(self, keys: tuple[str, ...], body: Json) -> None:
        """Delete an installation that ends, unless it was made after the event."""
        key = keys[0] if keys else ""
        installation = await self._installations.at(key)
        if installation is None or float(body.get("event_time") or 0) + 1 < (installation.installed_at or 0):
            return
        revoked = (body["event"].get("tokens") or {}).get("bot")
        if body["event"]["type"] == "tokens_revoked" and installation.bot_user_id not in (revoked or ()):
            return
        await self._installations.remove(key)
        await self._close(key)
        daemon_telemetry.workspace_removed(adapter=self._adapter, workspace=key)
