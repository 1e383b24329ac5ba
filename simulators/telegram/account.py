"""One bot as Telegram knows it, and the methods about the bot itself: its updates, webhook, commands and whereabouts."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from simulators.telegram.params import number
from simulators.telegram.refused import Refused
from simulators.telegram.updates import Update, Updates
from simulators.telegram.webhook import Webhook
from simulators.telegram.world import Chat, Json, Message, Person, World

Params = dict[str, Any]

SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a bot said to a pressed button."""

    at: float
    query: str
    text: str
    alert: bool


@dataclass(slots=True, kw_only=True)
class Account:
    """A bot, and what only it knows."""

    token: str
    person: Person
    world: World
    updates: Updates
    scale: Callable[[], float]
    changed: Callable[[], None]
    privacy: Callable[[], bool]
    topics: bool = False  #: whether its private chats have topics
    logged_out: bool = False
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    presses: set[str] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The bot's id, the first part of its token."""
        return self.person.id

    def tell(self, kind: str, chat: Chat, payload: Json) -> int:
        """Queue an update about *chat*."""
        return self.updates.put(kind, payload, lane=str(chat.id))

    def menu(self, chat: Chat, language: str | None) -> list[Json]:
        """The commands that clients offer in *chat*; https://core.telegram.org/bots/api#determining-list-of-commands."""
        kinds = ("all_private_chats" if chat.person is not None else "all_group_chats", "default")
        scopes = [
            _scope({"scope": {"type": kind}, "language_code": code}) for kind, code in product(kinds, (language, ""))
        ]
        return next(filter(None, map(self.commands.get, scopes)), [])

    def sees(self, chat: Chat, message: Message) -> bool:
        """Whether Telegram would show the bot this message of a person."""
        if chat.person is not None:
            return True
        if chat.bots.get(self.id) not in ("member", "administrator", "restricted"):
            return False
        if message.service or chat.bots[self.id] == "administrator" or not self.privacy():
            return True
        replied = chat.messages.get(message.reply_to or 0)
        if replied is not None and replied.sender.id == self.id:
            return True
        return any(self._meant(chat, message, entity) for entity in message.entities)

    def _meant(self, chat: Chat, message: Message, entity: Json) -> bool:
        raw = message.text.encode("utf-16-le")
        part = raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le").lower()
        name = f"@{self.person.username}".lower()
        match entity["type"]:
            case "mention":
                return part == name
            case "text_mention":
                return bool(entity["user"]["id"] == self.id)
            case "bot_command":
                return part.endswith(name) or ("@" not in part and chat.last_bot == self.id)
            case _:
                return False


def find(bot: Account, params: Params) -> Chat:
    """The chat a call is about, as far as the bot may know of it."""
    given = params.get("chat_id")
    if given in (None, ""):
        raise Refused("chat_id is empty")
    chat = bot.world.chat(given, bot.id) if isinstance(given, int) else None
    if chat is None:
        raise Refused("chat not found")
    if chat.migrated_to is not None:
        raise Refused("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    return chat


def get_me(bot: Account, _params: Params) -> Json:
    """Who the bot is."""
    return bot.person.wire() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy(),
        "supports_inline_queries": False,
        "has_topics_enabled": bot.topics,
    }


async def get_updates(bot: Account, params: Params) -> list[Json]:
    """What happened, as soon as something has."""
    bot.updates.allow(params.get("allowed_updates"))
    return await bot.updates.poll(
        offset=number(params, "offset"), limit=number(params, "limit", 100), timeout=number(params, "timeout")
    )


async def set_webhook(bot: Account, params: Params) -> bool:
    """Deliver updates to an address; unlike the real server, any address will do, for tests live on loopback."""
    url, secret = str(params.get("url") or ""), str(params.get("secret_token") or "")
    if len(secret) > 256:
        raise Refused("secret token is too long")
    if not SECRET.issuperset(secret):
        raise Refused("secret token contains unallowed characters")
    if url and not url.startswith(("http://", "https://")):
        raise Refused("bad webhook: An HTTPS URL must be provided for webhook")
    bot.updates.allow(params.get("allowed_updates"))
    if params.get("drop_pending_updates"):
        bot.updates.drop()
    await bot.updates.hook(_webhook(bot, url, secret, number(params, "max_connections", 40)) if url else None)
    return True


def _webhook(bot: Account, url: str, secret: str, connections: int) -> Webhook[Update]:
    return Webhook(
        url,
        secret=secret,
        connections=min(max(connections, 1), 100),
        scale=bot.scale,
        delivered=bot.updates.delivered,
        changed=bot.changed,
    )


async def delete_webhook(bot: Account, params: Params) -> bool:
    """Wait for polls again."""
    return await set_webhook(bot, {"drop_pending_updates": params.get("drop_pending_updates")})


def get_webhook_info(bot: Account, _params: Params) -> Json:
    """Where updates go, and how well that works."""
    hook = bot.updates.webhook
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.updates.waiting)}
    if bot.updates.allowed:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    if hook is not None:
        info |= {"url": hook.url, "max_connections": hook.connections, "ip_address": "127.0.0.1"}
        if hook.last_error is not None:
            info |= {"last_error_date": bot.world.date(), "last_error_message": hook.last_error[1]}
    return info


def _scope(params: Params) -> tuple[str, str]:
    scope = params.get("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), str(params.get("language_code") or "")


def set_my_commands(bot: Account, params: Params) -> bool:
    """Show these in the menu."""
    commands = params.get("commands")
    if not isinstance(commands, list):
        raise Refused("can't parse commands JSON object")
    if len(commands) > 100:
        raise Refused("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/")
        if not 1 <= len(name) <= 32 or not NAME.issuperset(name):
            raise Refused("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", "")).strip()) <= 256:
            raise Refused("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_scope(params)] = commands
    return True


def get_my_commands(bot: Account, params: Params) -> list[Json]:
    """What the menu shows."""
    return bot.commands.get(_scope(params), [])


def delete_my_commands(bot: Account, params: Params) -> bool:
    """Show no menu."""
    bot.commands.pop(_scope(params), None)
    return True


def get_chat(bot: Account, params: Params) -> Json:
    """What a chat is like."""
    return find(bot, params).wire() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        ),
    }


def get_chat_member(bot: Account, params: Params) -> Json:
    """What somebody is in a chat."""
    chat, user = find(bot, params), number(params, "user_id")
    if user == bot.id:
        return {"user": bot.person.wire(), "status": chat.bots.get(bot.id, "member")}
    person = chat.person if chat.person is not None and chat.person.id == user else chat.members.get(user)
    if person is not None:
        if user in chat.admins:
            return {"user": person.wire(), "status": "creator", "is_anonymous": False}
        return {"user": person.wire(), "status": "member"}
    if user in bot.world.people:
        return {"user": bot.world.people[user].wire(), "status": "left"}
    raise Refused("PARTICIPANT_ID_INVALID")


def leave_chat(bot: Account, params: Params) -> bool:
    """Leave a group."""
    chat = find(bot, params)
    if chat.person is not None:
        raise Refused("chat member status can't be changed in private chats")
    chat.bots[bot.id] = "left"
    return True


def log_out(bot: Account, _params: Params) -> bool:
    """Leave this server for another; every later call is refused."""
    bot.logged_out = True
    return True


def close(_bot: Account, _params: Params) -> bool:
    """Make ready to be moved; nothing to see here."""
    return True


def answer_callback_query(bot: Account, params: Params) -> bool:
    """Say something to whoever pressed a button."""
    query = str(params.get("callback_query_id") or "")
    if query not in bot.presses:
        raise Refused("query is too old and response timeout expired or query ID is invalid")
    text = str(params.get("text") or "")
    if len(text) > 200:
        raise Refused("MESSAGE_TOO_LONG")
    bot.answers.append(Answer(at=bot.world.now(), query=query, text=text, alert=bool(params.get("show_alert"))))
    return True
