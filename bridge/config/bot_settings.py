"""Who answers: the config's sections of bots, and of the Cozes in which they live."""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from bridge.config.field_types import (
    Authority,
    CozeId,
    CozeUrl,
    Function,
    Hosts,
    Id,
    Name,
    Seconds,
    Secret,
    Token,
    Url,
    wrong,
)
from bridge.config.limit_settings import LimitSettings
from bridge.config.section import Section


class OAuthSettings(Section):
    """A Coze OAuth app that signs its own tokens (JWT)."""

    app_id: Id = Field(description="the OAuth app's id")
    key_id: Id = Field(description="the fingerprint of its public key")
    private_key: Secret = Field(description="its private key in PEM, best as {file: coze.pem}")
    session_per_person: bool = Field(
        default=False, description="keep people apart at Coze, too: a session_name for each, and a token for each"
    )


class CozeSettings(Section):
    """A place where bots live, and who we are there."""

    base_url: CozeUrl = Field(
        default="https://api.coze.cn", description="https://api.coze.cn, https://api.coze.com or your Coze Studio"
    )
    token: Token | None = Field(default=None, description="a personal or service access token")
    oauth: OAuthSettings | None = Field(default=None, description="instead of a token")
    proxy: Url | None = Field(
        default=None, description="the HTTP proxy on the way there; the environment's is not used"
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="of everybody together")
    ca: Authority | None = Field(
        default=None, description="a PEM file of your own certificate authority, beside the public ones"
    )

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if bool(self.token) == bool(self.oauth):
            raise wrong("expected one of token, oauth")
        return self


class ToolSettings(Section):
    """Where a function of a bot runs."""

    url: Url | None = Field(default=None, description="the endpoint that is called; see docs/tools.md")
    secret: Secret | None = Field(default=None, description="signs every call of the url")
    python: Function | None = Field(default=None, description="instead of a url: module:function, installed here")
    timeout: Seconds = Field(default=10.0, gt=0, le=120, description="how long a call may take")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.url) == bool(self.python) or bool(self.url) != bool(self.secret):
            raise wrong("expected either url and secret, or python")
        return self


class BotSettings(Section):
    """Somebody who answers."""

    coze: Name = Field(description="the name of the coze it lives in; may be left out where there is only one")
    bot_id: CozeId | None = Field(
        default=None, description="the id of an agent; beside a chatflow_id: whom it runs for"
    )
    workflow_id: CozeId | None = Field(default=None, description="the id of a workflow")
    chatflow_id: CozeId | None = Field(default=None, description="the id of a chatflow")
    app_id: CozeId | None = Field(
        default=None, description="the app in which a workflow or chatflow lives; a cloud tells, a Coze Studio does not"
    )
    input: Name | None = Field(default=None, description="the workflow's parameter that gets the message (input)")
    output: Name | None = Field(
        default=None, description="the workflow's output that is the answer; else it is guessed"
    )
    file: Name | None = Field(
        default=None,
        description="the parameter of a workflow or chatflow that gets photos and files; else it gets none",
    )
    background: bool = Field(
        default=False, description="run the workflow in the background: for hours, to be told at its end; on paid plans"
    )
    voice: Literal["text", "audio"] = Field(
        default="text",
        description="what a bot gets of voice notes: their words, or audio if its model listens; what it answers aloud is sent, too",
    )
    feedback: bool = Field(
        default=False, description="ask people for a thumb up or down, and tell Coze; not in a Coze Studio"
    )
    pictures: Hosts = Field(
        default=(),
        description="hosts beside Coze's own whose pictures and files are fetched and sent; else they stay links",
    )
    tools: Mapping[Name, ToolSettings] = Field(default_factory=dict, description="an agent's functions, by name")

    @property
    def agent(self) -> bool:
        """Whether an agent answers; a chatflow that lives in no app only runs for one."""
        return bool(self.bot_id) and not self.chatflow_id

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        for is_so, sentence in self._misplaced():
            if is_so:
                raise wrong(sentence)
        return self

    def _misplaced(self) -> Iterator[tuple[bool, str]]:
        """All that can be wrong with the keys beside each other: whether it is, and the sentence about it."""
        ids = (self.agent, self.workflow_id, self.chatflow_id)
        yield sum(map(bool, ids)) != 1, "expected exactly one of bot_id, workflow_id, chatflow_id"
        yield (
            bool(self.app_id and self.bot_id),
            "app_id belongs to a workflow_id or chatflow_id that runs for no agent; leave one of them out",
        )
        yield (
            bool(self.input or self.output or self.background) and not self.workflow_id,
            "input, output and background belong to a workflow_id; leave them out",
        )
        yield (
            bool(self.file) and self.agent,
            "file belongs to a workflow_id or chatflow_id; an agent gets files as they are, so leave it out",
        )
        yield (
            self.feedback and bool(self.workflow_id),
            "feedback belongs to a bot_id or chatflow_id: a workflow's answer cannot be rated; leave it out",
        )
        yield self.voice == "audio" and not self.agent, "voice: audio belongs to a bot_id alone; leave it out"
        yield bool(self.tools) and not self.agent, "tools belong to a bot_id alone; leave them out"
