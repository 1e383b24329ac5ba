"""The section of a Telegram bot in the config file."""

import re
from collections.abc import Hashable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, WithJsonSchema, field_validator

from adapters.telegram.proxies import check_proxy
from bridge.sdk.far_sides import wrong_base
from bridge.sdk.rates import Rate, parse_rate

_TOKEN: Final = re.compile(r"\d+:[\w-]+", re.ASCII)
"""Telegram's own are longer; a server of one's own may have its tokens as it likes."""

_CALL: Final = re.compile(r"/bot(?:\d+:.*)?$", re.ASCII)
"""What the library adds to the address itself; https://core.telegram.org/bots/api#making-requests."""

_PERSON: Final = re.compile(r"-?[1-9][0-9]*")
"""Somebody, or a chat that speaks as itself; https://core.telegram.org/bots/api#user."""

PUBLISHED_RATE: Final = Rate(count=30, seconds=1.0)
"""Messages of one bot; https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""


def _rate(value: Any) -> Any:
    return parse_rate(value) if isinstance(value, str) else value


class TelegramStreamMode(StrEnum):
    """How an answer grows on the screen."""

    AUTO = "auto"
    DRAFT = "draft"
    EDIT = "edit"
    OFF = "off"


class TelegramOptions(BaseModel):
    """The section of a Telegram bot in the config file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr = Field(
        description="the bot's token, from @BotFather",
        examples=["${TELEGRAM_TOKEN}"],
        json_schema_extra={"zh": "机器人的令牌，来自 @BotFather"},
    )
    api_url: str = Field(
        default="https://api.telegram.org",
        description="the Bot API server; a local one works too",
        examples=["http://127.0.0.1:8081"],
        json_schema_extra={"zh": "Bot API 服务器；也可以是本地的"},
    )
    receive: Literal["polling", "webhook"] = Field(
        default="polling",
        description="polling takes away a webhook that is set; webhook needs http.public_url",
        examples=["webhook"],
        json_schema_extra={"zh": "polling 会取消已设置的 webhook；webhook 需要 http.public_url"},
    )
    stream: TelegramStreamMode = Field(
        default=TelegramStreamMode.AUTO,
        description="how an answer grows: auto, draft, edit, off",
        examples=["edit"],
        json_schema_extra={"zh": "回答如何逐步显示：auto、draft、edit、off"},
    )
    reactions: bool = Field(
        default=False,
        description="whether a question in a group bears 👀 while it is answered",
        examples=[True],
        json_schema_extra={"zh": "群里的问题在回答期间是否显示 👀"},
    )
    link_previews: bool = Field(
        default=False,
        description="whether Telegram shows a preview of the first address in an answer",
        examples=[True],
        json_schema_extra={"zh": "回答中的第一个网址是否显示预览"},
    )
    rich: bool = Field(
        default=False,
        description="whether an answer with headings, lists, tables or formulas is a rich message (Bot API 10.1); old apps show none of it",
        examples=[True],
        json_schema_extra={"zh": "含标题、列表、表格或公式的回答是否以富消息发送（Bot API 10.1）；旧版客户端无法显示"},
    )
    follow_ups: Literal["everyone", "asker"] = Field(
        default="everyone",
        description="who in a group may press the questions below an answer: everyone, or who asked (others are told so)",
        examples=["asker"],
        json_schema_extra={
            "zh": "群里谁可以点击回答下方的建议问题：everyone（所有人）或 asker（仅提问者，其他人会收到提示）"
        },
    )
    reply_chains: bool = Field(
        default=False,
        description="whether in groups who replies to a message that replies to the bot is heard, too; needs privacy mode off, or the bot an admin",
        examples=[True],
        json_schema_extra={
            "zh": "群里回复“对机器人的回复”的消息是否也算对机器人说；需要关闭隐私模式，或机器人是管理员"
        },
    )
    channel_posts: bool = Field(
        default=False,
        description="whether posts of channels are heard where the bot is an admin: its name and commands, or all by the route's answer",
        examples=[True],
        json_schema_extra={"zh": "机器人是管理员的频道，其帖子是否会被听到：提及或命令，或按路由的 answer 全部回答"},
    )
    rate: Annotated[Rate, BeforeValidator(_rate), WithJsonSchema({"type": "string"})] = Field(
        default=PUBLISHED_RATE,
        description="messages of the whole bot, in all chats; more where Telegram allows it: paid broadcasts, a server of your own",
        examples=["100/second"],
        json_schema_extra={"zh": "整个机器人在所有聊天中发送消息的频率；付费广播或自建服务器可以更高"},
    )

    proxy: str | None = Field(
        default=None,
        description="the proxy on the way there, http:// or socks5://, which also looks up names; the environment's is not used",
        examples=["socks5://proxy.example.org:1080"],
        json_schema_extra={"zh": "前往 Telegram 的代理，http:// 或 socks5://，域名也由它解析；不使用环境变量中的代理"},
    )

    files: Path | None = Field(
        default=None,
        description="the folder, as the bridge sees it, in which a Bot API server run with --local keeps its files",
        examples=["/var/lib/telegram-bot-api"],
        json_schema_extra={"zh": "以 --local 运行的 Bot API 服务器存放文件的目录（以本程序所见为准）"},
    )

    @property
    def accounts(self) -> Mapping[str, Hashable]:
        """The bot's id and server; two processes that poll for the same bot would each get only some updates."""
        return {"token": (self.api_url, self.token.get_secret_value().partition(":")[0])}

    def doubt_about(self, person: str) -> str | None:
        """Names change hands, so it is numbers that tell who somebody is."""
        return None if _PERSON.fullmatch(person) else "people are told by their numbers here, such as 42"

    @field_validator("token")
    @classmethod
    def _is_a_token(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("expected a bot token as @BotFather gives it, digits:letters")
        return token

    @field_validator("api_url")
    @classmethod
    def _is_a_url(cls, url: str) -> str:
        if fault := wrong_base(url):
            raise ValueError(fault)
        alone = _CALL.sub("", url.rstrip("/"))
        if alone != url.rstrip("/"):
            raise ValueError(f"expected the address alone, without /bot; did you mean `{alone}`?")
        return alone

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, proxy: str | None) -> str | None:
        return proxy and check_proxy(proxy)
