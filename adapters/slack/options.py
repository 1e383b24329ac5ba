"""The section of a Slack app in the config file."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator

_KINDS = {
    "xoxb-": "a bot token",
    "xoxe.xoxb-": "a bot token",
    "xoxp-": "a user token",
    "xoxe.xoxp-": "a user token",
    "xapp-": "an app-level token",
}
"""How Slack's tokens begin; https://docs.slack.dev/authentication/tokens."""


class SlackStreamMode(StrEnum):
    """How a growing answer is shown."""

    AUTO = "auto"  #: natively where that is possible, else by edits
    NATIVE = "native"  #: natively or not at all
    EDIT = "edit"
    OFF = "off"


class SlackOptions(BaseModel):
    """The section of a Slack app in the config file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr
    app_token: SecretStr | None = None  #: Socket Mode
    signing_secret: SecretStr | None = None  #: HTTP events
    api_url: str = "https://slack.com/api/"
    stream: SlackStreamMode = SlackStreamMode.AUTO

    @field_validator("bot_token")
    @classmethod
    def _is_a_bots(cls, token: SecretStr) -> SecretStr:
        return _of_kind(token, "a bot token", "xoxb-… (OAuth & Permissions > Bot User OAuth Token)")

    @field_validator("app_token")
    @classmethod
    def _is_an_apps(cls, token: SecretStr | None) -> SecretStr | None:
        wanted = "xapp-… (Basic Information > App-Level Tokens, scope connections:write)"
        return token and _of_kind(token, "an app-level token", wanted)

    @model_validator(mode="after")
    def _hears_one_way(self) -> Self:
        if (self.app_token is None) == (self.signing_secret is None):
            raise ValueError("expected either app_token (Socket Mode) or signing_secret (HTTP events)")
        return self


def _of_kind(token: SecretStr, kind: str, wanted: str) -> SecretStr:
    """The *token*, if it begins as tokens of that *kind* do."""
    found = next(
        (said for start, said in _KINDS.items() if token.get_secret_value().startswith(start)), "something else"
    )
    if found != kind:
        raise ValueError(f"expected {kind}, {wanted}, got {found}")
    return token
