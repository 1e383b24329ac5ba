"""
The config file as frozen values: one model per section, each key with its default and a sentence.

An adapter's section is not here: every adapter owns the model of its own (`bridge.sdk.ports.Adapter.Options`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    SkipValidation,
    WithJsonSchema,
    model_validator,
)

from bridge.config.complaint import Complaint, Marks
from bridge.config.field_types import (
    Authority,
    ChatTypes,
    CozeId,
    CozeUrl,
    DatabaseUrl,
    EncryptionKeys,
    Function,
    Hosts,
    Id,
    Listen,
    MediaKinds,
    Members,
    Name,
    Names,
    PerTimes,
    Regexes,
    Seconds,
    Secret,
    Share,
    Template,
    Url,
    wrong,
)
from bridge.config.units import ListenAddress
from bridge.sdk.model import ChatType

EVERYBODY_ELSE = "nobody"
"""What a test of the file expects where no route answers."""


class Section(BaseModel):
    """A part of the file: strangers among the keys are errors, an empty section has every default."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        return {} if value is None else value


# Where the bridge itself lives


class HttpSettings(Section):
    """The bridge's own web server."""

    listen: Listen | None = Field(
        default=ListenAddress(host="127.0.0.1", port=8080), description="host:port; null: no HTTP at all"
    )
    public_url: Url | None = Field(default=None, description="the address the world reaches it at; for webhooks")
    admin_token: SecretStr = Field(default=SecretStr(""), description="opens the console; empty: there is none")

    def webhook_url(self, adapter: str) -> str | None:
        """Where the platform of that *adapter* calls us; None without a public address."""
        return f"{self.public_url}/webhooks/{adapter}" if self.public_url else None

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


# Who answers


class LimitSettings(Section):
    """How much may be asked for; each is one rate or a list of rates."""

    messages: PerTimes | None = Field(default=None, description="messages, such as 20/minute; null: no limit")
    tokens: PerTimes | None = Field(default=None, description="Coze tokens, such as 200000/day; null: no limit")


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
    token: Secret | None = Field(default=None, description="a personal or service access token")
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
        default="text", description="what a bot gets of voice notes: their words, or audio if its model listens"
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
        if sum(map(bool, (self.agent, self.workflow_id, self.chatflow_id))) != 1:
            raise wrong("expected exactly one of bot_id, workflow_id, chatflow_id")
        if self.app_id and (self.bot_id or self.agent):
            raise wrong("app_id belongs to a workflow_id or chatflow_id that runs for no agent; leave one of them out")
        if (self.input or self.output or self.background) and not self.workflow_id:
            raise wrong("input, output and background belong to a workflow_id; leave them out")
        if self.file and self.agent:
            raise wrong(
                "file belongs to a workflow_id or chatflow_id; an agent gets files as they are, so leave it out"
            )
        if self.feedback and self.workflow_id:
            raise wrong(
                "feedback belongs to a bot_id or chatflow_id: a workflow's answer cannot be rated; leave it out"
            )
        if self.voice == "audio" and not self.agent:
            raise wrong("voice: audio belongs to a bot_id alone; leave it out")
        if self.tools and not self.agent:
            raise wrong("tools belong to a bot_id alone; leave them out")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSettings:
    """A platform: which, and what its adapter wants to know."""

    kind: str
    options: BaseModel


# Who may talk


class AccessRule(Section):
    """Who is let in."""

    mode: Literal["everyone", "people", "not", "pairing", "nobody"] = Field(
        default="everyone", description="who, in a word; not: everyone but the people"
    )
    people: Names = Field(default=(), description="adapter:user or groups, where the word is people or not")


def _spelled(value: Any) -> Any:
    if isinstance(value, AccessRule):
        return value
    if isinstance(value, str) and value in ("everyone", "pairing", "nobody"):
        return {"mode": value}
    match value:
        case {"people": people, **rest} if people and not rest:
            return {"mode": "people", "people": people}
        case {"not": {"people": people, **rest}, **more} if people and not rest and not more:
            return {"mode": "not", "people": people}
    raise wrong("expected everyone, pairing, nobody, {people: [group]} or {not: {people: [group]}}")


def _only(key: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


_PEOPLE: dict[str, Any] = _only("people", {"type": ["array", "string"], "items": {"type": "string"}})
_ACCESS: dict[str, Any] = {"anyOf": [{"enum": ["everyone", "pairing", "nobody"]}, _PEOPLE, _only("not", _PEOPLE)]}
Access = Annotated[AccessRule, BeforeValidator(_spelled), WithJsonSchema(_ACCESS)]


class AccessSettings(Section):
    """Who may talk at all."""

    private: Access = Field(default=AccessRule(mode="everyone"), description="in private chats")
    groups: Access = Field(default=AccessRule(mode="everyone"), description="in groups and channels")
    admins: Names = Field(default=(), description="adapter:user or groups who need no pairing; nobody by default")
    stranger: str | None = Field(
        default=None,
        description="what who is refused in private hears, once a day at most; null: our own words; empty: nothing",
    )


# How it is answered


class AnswerWhen(StrEnum):
    """What is answered in groups."""

    ADDRESSED = "addressed"  #: a mention, a reply, a command, a thread the bot is part of
    ALWAYS = "always"


class Memory(StrEnum):
    """Who shares what the bot remembers."""

    AUTO = "auto"  #: private chats and plain groups: the person; threads and topics: the thread
    PERSON = "person"
    CHAT = "chat"
    THREAD = "thread"


class Busy(StrEnum):
    """What a message does to the answer that is still running."""

    QUEUE = "queue"
    INTERRUPT = "interrupt"


class RuleSettings(Section):
    """What a route may say otherwise than the defaults."""

    answer: AnswerWhen | None = Field(default=None, description="addressed (mention, reply, command, thread) or always")
    memory: Memory | None = Field(default=None, description="who shares it: auto, person, chat, thread")
    forget_after: Seconds | None = Field(
        default=None, gt=0, description="a conversation left alone for so long begins anew, such as 12h; null: never"
    )
    busy: Busy | None = Field(default=None, description="queue, or interrupt the running answer")
    variables: Mapping[Name, Template] = Field(default_factory=dict, description="Coze custom_variables")
    parameters: Mapping[Name, Template] = Field(
        default_factory=dict, description="what a workflow, a chatflow or an agent made of one begins with"
    )
    meta_data: Mapping[Name, Template] = Field(
        default_factory=dict, description="kept with an agent's chat at Coze; at most 15 names of 64 characters"
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="per person")
    prompts: Names = Field(default=(), description="questions offered to who begins; left out: the bot's own")


class DefaultSettings(RuleSettings):
    """What holds wherever a route does not say otherwise."""

    answer: AnswerWhen = Field(default=AnswerWhen.ADDRESSED, description="addressed or always")
    memory: Memory = Field(default=Memory.AUTO, description="who shares it: auto, person, chat, thread")
    busy: Busy = Field(default=Busy.QUEUE, description="queue, or interrupt the running answer")


class ConditionSection(Section):
    """Conditions; one that was left empty would hold everywhere, so it is refused."""

    @model_validator(mode="before")
    @classmethod
    def _said(cls, value: Any) -> Any:
        empty = [key for key, one in value.items() if one is None] if isinstance(value, Mapping) else ()
        if empty:
            raise wrong(f"expected a value for {', '.join(empty)}, or nothing at all")
        if isinstance(value, Mapping) and any(one in ([], ()) for one in value.values()):
            raise wrong("expected at least one value in a list of conditions; it would hold nowhere")
        return value


class TextCondition(ConditionSection):
    """What was said; upper and lower case are the same, but to *matches*."""

    starts_with: Names | None = Field(default=None, description="its beginning")
    matches: Regexes | None = Field(default=None, description="a regular expression that is found in it")
    equals: Names | None = Field(default=None, description="the whole of it")

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise wrong("expected one of starts_with, matches, equals; it would hold everywhere")
        return self


class When(ConditionSection):
    """Conditions that must all hold; each names one value or several."""

    adapter: Names | None = Field(default=None, description="an adapter's name")
    platform: Names | None = Field(default=None, description="an adapter's kind")
    workspace: Names | None = Field(default=None, description="a Slack workspace")
    chat: Names | None = Field(default=None, description="a chat's or channel's id")
    chat_type: ChatTypes | None = Field(default=None, description="private, group, channel")
    thread: Names | None = Field(default=None, description="a thread's or topic's id")
    people: Names | None = Field(default=None, alias="from", description="adapter:user, or a group of people")
    text: TextCondition | None = Field(default=None, description="what was said")
    has: MediaKinds | None = Field(default=None, description="what was sent beside text")
    language: Names | None = Field(default=None, description="the person's language; zh covers zh-hans")
    share: Share | None = Field(default=None, description="such a part of all conversations, each for good; 10%")
    alternatives: "tuple[When, ...] | None" = Field(default=None, alias="any", description="one of these holds")
    exception: "When | None" = Field(default=None, alias="not", description="this does not hold")

    @property
    def always(self) -> bool:
        """Whether there is no condition at all."""
        return all(getattr(self, name) is None for name in type(self).model_fields)


class RouteSettings(RuleSettings):
    """Who answers when."""

    name: Name = Field(description="its name in logs, tests and explanations")
    when: When = Field(default=When(), description="left out: always")
    bot: Name | None = Field(default=None, description="the bot that answers")
    bots: Names | None = Field(default=None, description="several: the first answers until somebody chooses by /bot")
    fallback: Name | None = Field(default=None, description="the bot that answers while the first one's Coze is away")
    reply: Name | None = Field(default=None, description="a sentence that is said instead of a bot's answer")
    discard: bool = Field(default=False, description="true: nobody answers")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.bots is not None and len(self.bots) == 0:
            raise wrong("bots: expected one bot at least")
        if len(set(self.candidates)) < len(self.candidates):
            raise wrong("bots: expected each bot once")
        if sum((bool(self.bot), bool(self.bots), bool(self.reply), self.discard)) != 1:
            raise wrong("expected one of bot, bots, reply, discard: true")
        if self.fallback and (not self.candidates or self.fallback in self.candidates):
            raise wrong("fallback is another bot beside `bot` or `bots`; name both, or leave it out")
        return self

    @property
    def candidates(self) -> tuple[str, ...]:
        """The bots that people may choose from, the one first that answers until they do; empty where no bot answers."""
        return self.bots or ((self.bot,) if self.bot else ())


class TestSettings(Section):
    """A message, and the route that should answer it."""

    __test__ = False

    say: str = Field(description="what a person says")
    adapter: Name = Field(description="where; may be left out where there is only one")
    chat: Id | None = Field(default=None, description="the chat's id")
    chat_type: ChatType = Field(default=ChatType.PRIVATE, description="private, group, channel")
    thread: Id | None = Field(default=None, description="the thread's or topic's id")
    person: Id = Field(default="somebody", alias="from", description="a user's id, adapter:user or a group")
    expect: Name = Field(description="a route's name, or nobody")


class TopLevelKeys(Section):
    """What stands at the top of the file and is no section of keys."""

    database: DatabaseUrl = Field(
        default=SecretStr("sqlite:///bridge.db"), description="sqlite:///file or postgresql://user@host/name"
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
