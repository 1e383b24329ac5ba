"""The checks of ``doctor``: who the bot is, what it hears in groups, and whether another program takes its updates."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.telegram.api import TelegramApi
from adapters.telegram.errors import BadMessage, PollingConflict
from adapters.telegram.lost_sends import NO_MESSAGE
from adapters.telegram.options import TelegramOptions
from bridge.sdk.checks import Circumstances, Finding, Findings, fail, ok, warn
from bridge.sdk.errors import BridgeError, Later, MessageGone, Refused, Unauthorised

PROBE_SECONDS: Final = 5
"""How long we poll to see whether another program cuts us off: its next poll does. https://core.telegram.org/bots/api#getupdates"""
MOST_CHATS: Final = 20
BACKLOG: Final = 100
"""Updates that wait for us, from which on somebody should look why."""
HEAR_ALL: Final = (
    "@BotFather: /setprivacy, Disable, then take the bot out of each group and add it again; or make it an admin there"
)
"""How a bot gets all that is said in a group; https://core.telegram.org/bots/features#privacy-mode."""
_REPORT: Final = "please report this line: until then, a message whose receipt is lost may be sent twice"
_ABSENT: Final = frozenset({"left", "kicked"})

Json = Mapping[str, Any]


async def checks(options: TelegramOptions, circumstances: Circumstances) -> Findings:
    """Check everything about the bot of these *options*."""
    async with TelegramApi(options.token.get_secret_value(), options.api_url, options.proxy) as api:
        try:
            me = await api.inquire("getMe")
        except BridgeError as failure:
            yield _unknown(failure, options.api_url)
            return
        yield ok(f"the bot is @{me.get('username')} (id {me.get('id')})")
        yield _privacy(me, circumstances.unaddressed, reply_chains=options.reply_chains)
        try:
            async for finding in _hearing(api, options, circumstances):
                yield finding
            for chat in _groups(circumstances):
                yield await _membership(api, chat, int(me["id"]))
            if circumstances.thorough:
                yield await _drafts(api, int(me["id"]))
                for chat in circumstances.chats[:1]:
                    yield await _edits(api, chat)
        except Later as failure:
            yield fail(f"{options.api_url} stopped answering ({failure.detail})", "ask again in a moment")


def _unknown(failure: BridgeError, server: str) -> Finding:
    if isinstance(failure, Unauthorised):
        return fail(
            f"{server} does not know the token",
            "ask @BotFather for it: /mybots, your bot, API Token; a new one ends the old one",
            key="token",
        )
    return fail(
        f"no answer from {server} ({failure.detail})",
        "check the network, api_url, and proxy if there is one",
        key="api_url",
    )


def _privacy(me: Json, unaddressed: tuple[str, ...], *, reply_chains: bool) -> Finding:
    """Check what privacy mode means for the routes; https://core.telegram.org/bots/features#privacy-mode."""
    if me.get("can_join_groups") is False:
        return ok("it may not be added to groups")
    if me.get("can_read_all_group_messages"):
        return ok("privacy mode is off: in groups it gets every message")
    if unaddressed:
        return warn(
            f"privacy mode is on, but the routes {', '.join(unaddressed)} answer every message of a group", HEAR_ALL
        )
    if reply_chains:
        return warn("privacy mode is on, so that replies to replies do not reach it", HEAR_ALL, key="reply_chains")
    return ok("privacy mode is on: in groups it gets mentions, replies and commands, and the routes want no more")


async def _hearing(api: TelegramApi, options: TelegramOptions, circumstances: Circumstances) -> Findings:
    """Check how updates arrive, and who else takes them."""
    try:
        hook = await api.inquire("getWebhookInfo", known=False)
    except Refused:
        hook = {}
    if options.receive == "webhook":
        for finding in _webhook(hook, circumstances):
            yield finding
    elif hook.get("url"):
        yield fail(
            f"its updates go to a webhook at {_host(str(hook['url']))}, which another program has set",
            "use another bot (@BotFather: /newbot), or stop that program; `coze-bridge run` then takes the webhook away",
            key="token",
        )
    elif circumstances.running:
        yield ok("the running daemon polls for its updates")
    else:
        yield await _second_poller(api)
    if int(hook.get("pending_update_count") or 0) >= BACKLOG:
        yield warn(
            f"{hook['pending_update_count']} updates wait at Telegram", "start the daemon, or look why it is slow"
        )


def _webhook(hook: Json, circumstances: Circumstances) -> Iterator[Finding]:
    url = str(hook.get("url") or "")
    if url and url != circumstances.webhook_url:
        yield fail(
            f"its webhook is at {_host(url)}, not at {circumstances.webhook_url}",
            "stop the other program; the daemon sets its own webhook when it starts",
            key="token",
        )
    elif not url and circumstances.running:
        yield fail("no webhook is set, though the daemon runs", "look into the daemon's log, and restart it")
    elif hook.get("last_error_message"):
        yield warn(
            f"Telegram could not call the webhook: {hook['last_error_message']}",
            "check that http.public_url leads to http.listen, with a certificate that Telegram accepts",
        )
    else:
        yield ok("Telegram calls the webhook" if url else "the webhook will be set when the daemon starts")


async def _second_poller(api: TelegramApi) -> Finding:
    """Poll for a while without confirming anything: another poller would cut us off, or be cut off and return."""
    try:
        await api.inquire("getUpdates", timeout=PROBE_SECONDS, limit=1, within=PROBE_SECONDS + 5)
    except PollingConflict:
        return fail(
            "another program polls with this token",
            "stop that program, or use another bot (@BotFather: /newbot); /revoke there ends a token that leaked",
            key="token",
        )
    return ok("nobody else polls for its updates")


async def _drafts(api: TelegramApi, bot: int) -> Finding:
    """Check whether the server knows drafts: it refuses one to the bot itself if it does, and answers "not found" if not."""
    try:
        await api.inquire("sendMessageDraft", chat_id=bot, draft_id=1, text="…")
    except Unauthorised:
        return ok("assumed that the server knows drafts; it does not, and answers grow by edits")
    except BridgeError as failure:
        return ok(f"assumed that the server knows drafts; it does ({failure.detail})")
    return ok("assumed that the server knows drafts; it does")


async def _edits(api: TelegramApi, chat: str) -> Finding:
    """Check whether an edit reveals that a message is missing: that is how a send whose receipt was lost is found again."""
    says = "assumed that the edit of a message that is not there is told as such"
    try:
        await api.inquire("editMessageText", chat_id=chat, message_id=NO_MESSAGE, text="…")
    except MessageGone as refusal:
        return ok(f"{says}; it is ({refusal.detail})")
    except BadMessage as refusal:
        return warn(f"{says}; it is, in other words ({refusal.detail})", _REPORT)
    except BridgeError as refusal:
        return ok(f"{says}; not settled by that chat ({refusal.detail})")
    return warn(f"{says}; it is not, {chat} took one", _REPORT)


def _groups(circumstances: Circumstances) -> list[str]:
    """The group ids among the chats; https://core.telegram.org/bots/api#chat: their ids are negative."""
    return [chat for chat in circumstances.chats if chat.startswith("-")][:MOST_CHATS]


async def _membership(api: TelegramApi, chat: str, bot: int) -> Finding:
    remedy = "add the bot to it again, or take the chat out of the routes"
    try:
        member = await api.inquire("getChatMember", chat_id=chat, user_id=bot)
    except Later:
        raise
    except BridgeError as failure:
        return warn(f"the group {chat} cannot be seen ({failure.detail})", remedy)
    if member.get("status") in _ABSENT:
        return warn(f"the bot is not in the group {chat} any more", remedy)
    if member.get("status") == "restricted" and not member.get("can_send_messages"):
        return warn(f"the bot may not write in the group {chat}", "lift the restriction in the group's permissions")
    return ok(f"in the group {chat} it is {member.get('status')}")


def _host(url: str) -> str:
    """The address without its path, which may hold a secret."""
    return "/".join(url.split("/", 3)[:3])
