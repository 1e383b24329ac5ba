"""
The config file as frozen values: one model per section, each key with its default and a sentence.

An adapter's section is not here: every adapter owns the model of its own (`bridge.sdk.ports.Adapter.Options`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field, SecretStr, SkipValidation, model_validator

from bridge.config.access_settings import AccessSettings
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.complaint import Complaint, Marks
from bridge.config.field_types import (
    BaseUrl,
    DatabaseUrl,
    EncryptionKeys,
    Id,
    Listen,
    MediaKinds,
    Members,
    Name,
    Names,
    OptionalSecret,
    PersonalKinds,
    Seconds,
)
from bridge.config.route_settings import DefaultSettings, RouteSettings
from bridge.config.section import Section
from bridge.config.units import ListenAddress
from bridge.sdk.model import ChatType

EVERYBODY_ELSE = "nobody"
"""What a test of the file expects where no route answers."""


# Where the bridge itself lives


class HttpSettings(Section):
    """The bridge's own web server."""

    listen: Listen | None = Field(
        default=ListenAddress(host="127.0.0.1", port=8080), description="host:port; null: no HTTP at all"
    )
    public_url: BaseUrl | None = Field(default=None, description="the address the world reaches it at; for webhooks")
    admin_token: OptionalSecret = Field(default=SecretStr(""), description="opens the console; empty: there is none")

    def webhook_url(self, adapter: str) -> str | None:
        """Where the platform of that *adapter* calls us; None without a public address."""
        return f"{self.public_url}/webhooks/{quote(adapter)}" if self.public_url else None

    def install_url(self, platform: str, adapter: str) -> str | None:
        """Below which the pages lie where people install an app; None without a public address."""
        return f"{self.public_url}/{platform}/{quote(adapter)}" if self.public_url else None

    @model_validator(mode="before")
    @classmethod
    def _blank(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and value.get("public_url") == "":
            return {**value, "public_url": None}
        return value


class WorkerSettings(Section):
    """How turns are worked off."""

    concurrency: int = Field(default=500, ge=1, description="answers at the same time in this process")
    lease: Seconds = Field(default=30.0, gt=0, description="how long another replica waits before it takes over")
    drain: Seconds = Field(default=30.0, ge=0, description="how long to finish answers when told to stop")


class PrivacySettings(Section):
    """What is kept, and how long."""

    keep_messages: Seconds = Field(default=604800.0, ge=0, description="how long finished messages keep their text")
    keep_people: Seconds = Field(
        default=34_560_000.0,
        gt=0,
        description="who has not been heard for so long is forgotten, their conversations too",
    )
    redact: PersonalKinds = Field(
        default=(),
        description="what of a question its bot is not told: email, phone, card; each by its name in brackets",
    )
    encryption_key: EncryptionKeys = Field(
        default=SecretStr(""),
        description="encrypts what people and bots say in the database; of several, with commas between, the first does",
    )

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys, first the one that encrypts; none: nothing is encrypted."""
        return tuple(key.strip() for key in self.encryption_key.get_secret_value().split(",") if key.strip())


class LogSettings(Section):
    """What is told to the operator."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="the least that is told")
    format: Literal["auto", "text", "json"] = Field(
        default="auto", description="auto: readable on a terminal, JSON elsewhere"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSettings:
    """A platform: which, and what its adapter wants to know."""

    kind: str
    options: BaseModel


class TestSettings(Section):
    """A message, and the route that should answer it."""

    __test__ = False

    say: str = Field(description="what a person says")
    adapter: Name = Field(description="where; may be left out where there is only one")
    chat: Id | None = Field(default=None, description="the chat's id")
    chat_type: ChatType = Field(default=ChatType.PRIVATE, description="private, group, channel")
    thread: Id | None = Field(default=None, description="the thread's or topic's id")
    workspace: Id | None = Field(default=None, description="the workspace it lies in, where the platform has such")
    language: str | None = Field(default=None, description="the person's language")
    has: MediaKinds = Field(default=(), description="what is sent beside the text")
    start: Id | None = Field(default=None, description="what stood behind /start before")
    person: Id = Field(default="somebody", alias="from", description="a user's id, adapter:user or a group")
    expect: Name = Field(description="a route's name, or nobody")


class TopLevelKeys(Section):
    """What stands at the top of the file and is no section of keys."""

    database: DatabaseUrl = Field(
        default=SecretStr("sqlite:///bridge.db"),
        description="sqlite:///file, if relative counted from the working directory, or postgresql://user@host/name",
    )
    include: Names = Field(
        default=(), description="other files that belong to this one, such as more/*.yaml; each name is given once"
    )
    people: Mapping[str, Members] = Field(default_factory=dict, description="groups of people, by name")


class ConfigFile(TopLevelKeys):
    """The config file of coze-bridge."""

    http: HttpSettings = Field(default=HttpSettings(), description="the bridge's own web server")
    coze: Mapping[str, CozeSettings] = Field(min_length=1, description="where bots live, by name")
    adapters: Mapping[str, AdapterSettings] = Field(min_length=1, description="where people are, by name")
    bots: Mapping[str, BotSettings] = Field(min_length=1, description="who answers, by name")
    access: AccessSettings = Field(default=AccessSettings(), description="who may talk at all")
    defaults: DefaultSettings = Field(default=DefaultSettings(), description="what any route may say otherwise")
    routes: tuple[RouteSettings, ...] = Field(min_length=1, description="the first that matches answers")
    worker: WorkerSettings = Field(default=WorkerSettings(), description="how turns are worked off")
    privacy: PrivacySettings = Field(default=PrivacySettings(), description="what is kept, and how long")
    log: LogSettings = Field(default=LogSettings(), description="what is told to the operator")
    tests: tuple[TestSettings, ...] = Field(default=(), description="run by check, and before every reload")


class Settings(ConfigFile):
    """A config file that is right, and where in the file it says what."""

    marks: Annotated[Marks, SkipValidation] = Field(default=Marks(), exclude=True, repr=False)
    warnings: Annotated[tuple[Complaint, ...], SkipValidation] = Field(default=(), exclude=True, repr=False)
