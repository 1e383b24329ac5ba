"""The section of a Telegram bot in the config file."""

import re
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

_TOKEN: Final = re.compile(r"\d+:[\w-]{30,}", re.ASCII)


class TelegramStreamMode(StrEnum):
    """How an answer grows on the screen."""

    AUTO = "auto"
    DRAFT = "draft"
    EDIT = "edit"
    OFF = "off"


class TelegramOptions(BaseModel):
    """The section of a Telegram bot in the config file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr
    api_url: str = "https://api.telegram.org"
    receive: Literal["polling", "webhook"] = "polling"
    stream: TelegramStreamMode = TelegramStreamMode.AUTO
    proxy: str | None = None

    @field_validator("token")
    @classmethod
    def _is_a_token(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("expected a bot token as @BotFather gives it, digits:letters")
        return token

    @field_validator("api_url", "proxy")
    @classmethod
    def _is_a_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with http:// or https://")
        return url.rstrip("/") if url else url
