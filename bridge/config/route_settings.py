"""How it is answered: the config's sections of defaults, routes and their conditions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from bridge.config.field_types import ChatTypes, MediaKinds, Name, Names, Regexes, Seconds, Share, Template, wrong
from bridge.config.limit_settings import LimitSettings
from bridge.config.section import Section


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
        if isinstance(value, Mapping) and value.get("not") == {}:
            raise wrong("expected conditions in not; without any it would hold nowhere")
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
    start: Names | None = Field(default=None, description="what stood behind /start, as in a deep link, until /new")
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
