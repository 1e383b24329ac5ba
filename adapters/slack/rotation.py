"""
Token rotation: tokens live for twelve hours, and are renewed before that by one replica at a time.

A refresh token can be used once; two replicas that used the same one would lose the installation. So whoever holds the lock
checks first whether another has renewed it. https://docs.slack.dev/authentication/using-token-rotation
"""

import time
from dataclasses import dataclass
from typing import Final

from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from adapters.slack.errors import translate_error, translated
from adapters.slack.installations import Installations, key_of
from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import Later, Unreachable

AHEAD_MINUTES: Final = 120
"""A token is renewed so long before its end, as Slack's own libraries do. https://docs.slack.dev/authentication/using-token-rotation"""

_AT_ONCE: Final = 60 * 24 * 365
"""Minutes ahead of any end: renew now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Renews the tokens of one app."""

    adapter: str
    installations: Installations
    rotator: AsyncTokenRotator

    def is_due(self, installation: Installation) -> bool:
        """Whether its token expires soon."""
        end = installation.bot_token_expires_at
        return end is not None and end <= time.time() + AHEAD_MINUTES * 60

    async def rotate(self, key: str, stale: str, *, expired: bool) -> str | None:
        """
        The token that replaces *stale*: one that another replica got or, if *stale* has *expired*, a new one.

        None if there is none: the app was uninstalled, or its tokens do not rotate.
        """
        async with self.installations.secrets.alone(f"rotation {key}"):
            known = await self.installations.at(key)
            if known is None or known.bot_token != stale:
                return known.bot_token if known else None
            if not expired or known.bot_refresh_token is None:
                return None
            return await self._rotate(known)

    async def _rotate(self, installation: Installation) -> str | None:
        where = key_of(installation)
        bot = installation.to_bot()
        # a token without a known end counts as expired, so that the library renews it
        bot.bot_token_expires_at = bot.bot_token_expires_at or int(time.time())
        try:
            with translated("oauth.v2.access"):
                fresh = await self.rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=_AT_ONCE)
        except SlackTokenRotationError as failure:
            refusal = translate_error("oauth.v2.access", failure.api_error, Unreachable)
            if isinstance(refusal, Later):
                raise refusal from failure
            daemon_telemetry.workspace_token_lost(adapter=self.adapter, workspace=where, because=refusal.detail)
            return None
        if fresh is None:
            return None
        await self.installations.save_bot(fresh)
        daemon_telemetry.workspace_token_renewed(adapter=self.adapter, workspace=where)
        return str(fresh.bot_token)
