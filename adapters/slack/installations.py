"""
The workspaces that have installed the app, each with its token, kept in the bridge's database.

An installation for a whole organisation is kept by the organisation's id (E…), any other by the workspace's (T…).
https://docs.slack.dev/authentication/installing-with-oauth · https://docs.slack.dev/enterprise
"""

import json
from typing import Any, Final

from slack_sdk.oauth.installation_store import Bot, Installation

from bridge.sdk.secret_store import SecretStore

KIND: Final = "installation"


class Installations:
    """The installations in the bridge's database."""

    def __init__(self, secrets: SecretStore) -> None:
        self.secrets = secrets

    async def all(self) -> dict[str, Installation]:
        """Every installation, by its key."""
        return {key: _read(value) for key, value in (await self.secrets.all(KIND)).items()}

    async def at(self, key: str) -> Installation | None:
        """The installation with that key."""
        value = await self.secrets.get(KIND, key)
        return _read(value) if value else None

    async def save(self, installation: Installation) -> None:
        """Save it, replacing an earlier one of the same workspace or organisation."""
        await self.secrets.put(KIND, key_of(installation), json.dumps(installation.to_dict_for_copying(), default=str))

    async def save_bot(self, bot: Bot) -> None:
        """Save the bot's new token."""
        known = await self.at(_key(bot.enterprise_id, bot.team_id, bool(bot.is_enterprise_install)))
        if known is not None:
            known.bot_token, known.bot_refresh_token = bot.bot_token, bot.bot_refresh_token
            known.bot_token_expires_at = bot.bot_token_expires_at
            await self.save(known)

    async def remove(self, key: str) -> None:
        """Delete the installation with that key."""
        await self.secrets.delete(KIND, key)


def key_of(installation: Installation) -> str:
    """The key of an installation."""
    is_of_organisation = bool(installation.is_enterprise_install)
    return _key(installation.enterprise_id, installation.team_id, is_of_organisation)


def _key(enterprise: str | None, team: str | None, is_of_organisation: bool) -> str:  # noqa: FBT001 - the library's third
    return str((enterprise if is_of_organisation else team) or enterprise or "")


def _read(value: str) -> Installation:
    known: dict[str, Any] = json.loads(value)
    return Installation(**known)
