"""The section of a Slack app in the config file."""

import re
from collections.abc import Hashable, Mapping
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from bridge.sdk.far_sides import TOKEN_RULE, is_token, wrong_base

_KINDS = {
    "xoxb-": "a bot token",
    "xoxe.xoxb-": "a bot token",
    "xoxp-": "a user token",
    "xoxe.xoxp-": "a user token",
    "xapp-": "an app-level token",
}
"""How Slack's tokens begin; https://docs.slack.dev/authentication/tokens."""

_PERSON: Final = re.compile(r"[UW][A-Z0-9]+")
"""Somebody, in one workspace or in a whole organisation; https://docs.slack.dev/reference/objects/user-object."""
_PERSON_OF: Final = re.compile(rf"[TE][A-Z0-9]+:{_PERSON.pattern}")
"""The same behind their own workspace's id, where there are several."""


class SlackStreamMode(StrEnum):
    """How a growing answer is shown."""

    AUTO = "auto"  #: natively where that is possible, else by edits
    NATIVE = "native"  #: natively or not at all
    EDIT = "edit"
    OFF = "off"


class InstallOptions(BaseModel):
    """How people install the app into their workspaces."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: str = Field(
        min_length=1,
        description="Basic Information > App Credentials",
        examples=["1234567890.1234567890123"],
        json_schema_extra={"zh": "见 Basic Information > App Credentials"},
    )
    client_secret: SecretStr = Field(
        min_length=1,
        description="beside it",
        examples=["${SLACK_CLIENT_SECRET}"],
        json_schema_extra={"zh": "见同一页"},
    )
    public: bool = Field(
        default=False,
        description="everybody may install it, not only who is logged in to the console",
        examples=[True],
        json_schema_extra={"zh": "任何人都可以安装，而不只是登录了控制台的人"},
    )


class SlackOptions(BaseModel):
    """The section of a Slack app in the config file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr | None = Field(
        default=None,
        description="xoxb-…, from OAuth & Permissions",
        examples=["${SLACK_BOT_TOKEN}"],
        json_schema_extra={"zh": "xoxb-…，见 OAuth & Permissions"},
    )
    install: InstallOptions | None = Field(
        default=None,
        description="instead of bot_token: many workspaces install the app; needs privacy.encryption_key",
        examples=[{"client_id": "1234567890.1234567890123", "client_secret": "${SLACK_CLIENT_SECRET}"}],
        json_schema_extra={"zh": "代替 bot_token：多个工作区安装同一应用；需要 privacy.encryption_key"},
    )
    app_token: SecretStr | None = Field(
        default=None,
        description="xapp-… with connections:write, for Socket Mode",
        examples=["${SLACK_APP_TOKEN}"],
        json_schema_extra={"zh": "xapp-…，需 connections:write 权限，用于 Socket Mode"},
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        description="instead of app_token: the platform calls http.public_url",
        examples=["${SLACK_SIGNING_SECRET}"],
        json_schema_extra={"zh": "代替 app_token：由平台调用 http.public_url"},
    )
    api_url: str = Field(
        default="https://slack.com/api/",
        description="the Web API; another for GovSlack",
        examples=["https://slack-gov.com/api/"],
        json_schema_extra={"zh": "Web API 的地址；GovSlack 另有地址"},
    )
    stream: SlackStreamMode = Field(
        default=SlackStreamMode.AUTO,
        description="how an answer grows: auto, native, edit, off",
        examples=["edit"],
        json_schema_extra={"zh": "回答如何逐步显示：auto、native、edit、off"},
    )

    unfurl: bool = Field(
        default=False,
        description="whether Slack shows previews of the links in answers",
        examples=[True],
        json_schema_extra={"zh": "是否让 Slack 展示回答中链接的预览"},
    )

    @property
    def accounts(self) -> Mapping[str, Hashable]:
        """
        The app's bot in its workspace, and its app token, over whose sockets Slack spreads the events of all workspaces.

        https://docs.slack.dev/apis/events-api/using-socket-mode#multiple-connections
        """
        tokens = {"bot_token": self.bot_token, "app_token": self.app_token}
        return {key: (self.api_url, token.get_secret_value()) for key, token in tokens.items() if token}

    def doubt_about(self, person: str) -> str | None:
        """Names change; an id of Slack's is in capital letters."""
        known, example = (_PERSON_OF, "T0ONE:U0ANN") if self.install else (_PERSON, "U0ANN")
        return None if known.fullmatch(person) else f"people are told by their ids here, such as {example}"

    @field_validator("api_url")
    @classmethod
    def _is_a_url(cls, url: str) -> str:
        if fault := wrong_base(url):
            raise ValueError(fault)
        return url

    @field_validator("bot_token")
    @classmethod
    def _is_a_bots(cls, token: SecretStr | None) -> SecretStr | None:
        return token and _of_kind(token, "a bot token", "xoxb-… (OAuth & Permissions > Bot User OAuth Token)")

    @field_validator("app_token")
    @classmethod
    def _is_an_apps(cls, token: SecretStr | None) -> SecretStr | None:
        wanted = "xapp-… (Basic Information > App-Level Tokens, scope connections:write)"
        return token and _of_kind(token, "an app-level token", wanted)

    @model_validator(mode="after")
    def _hears_one_way(self) -> Self:
        if (self.bot_token is None) == (self.install is None):
            raise ValueError("expected either bot_token (one workspace) or install (every workspace that installs it)")
        if (self.app_token is None) == (self.signing_secret is None):
            raise ValueError("expected either app_token (Socket Mode) or signing_secret (HTTP events)")
        return self


def _of_kind(token: SecretStr, kind: str, wanted: str) -> SecretStr:
    """Check that the *token* begins as tokens of that *kind* do."""
    found = next(
        (said for start, said in _KINDS.items() if token.get_secret_value().startswith(start)), "something else"
    )
    if found != kind:
        raise ValueError(f"expected {kind}, {wanted}, got {found}")
    if not is_token(token.get_secret_value()):
        raise ValueError(TOKEN_RULE)
    return token
