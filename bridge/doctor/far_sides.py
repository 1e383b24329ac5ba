"""Checks each Coze, each bot and each platform."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.coverage import may_match
from bridge.config.route_settings import AnswerWhen, RouteSettings, When
from bridge.config.settings import Settings
from bridge.coze import checks
from bridge.coze.assumptions import assumptions
from bridge.coze.build import open_tokens
from bridge.coze.inquiry import Inquiry
from bridge.parts import registry
from bridge.routing.effective_rules import merge
from bridge.sdk.checks import Checkable, Circumstances, Findings, ok
from bridge.sdk.model import ChatType


async def coze(settings: Settings, name: str) -> Findings:
    """Whether that Coze knows us, and lets us do what its bots need."""
    token = settings.coze[name].token
    if token is not None and (stranger := checks.wrong_kind(token.get_secret_value())):
        yield stranger
        return
    async with AsyncExitStack() as stack:
        inquiry = await open_inquiry(stack, name, settings.coze[name])
        lost = False
        async for finding in checks.account(inquiry):
            lost = lost or bool(finding.key)
            yield finding
        if lost:
            return
        bots = [bot for bot in settings.bots.values() if bot.coze == name]
        probes = (*_unless_none(bots, checks.FOR_AGENTS), *(checks.FOR_WORKFLOWS if _any_workflow(bots) else ()))
        async for finding in checks.permissions(inquiry, probes):
            yield finding


async def bot(settings: Settings, name: str) -> Findings:
    """Whether that bot is there, and published to the API."""
    section = settings.bots[name]
    async with AsyncExitStack() as stack:
        inquiry = await open_inquiry(stack, section.coze, settings.coze[section.coze])
        if section.bot_id:
            yield await checks.agent(inquiry, section.bot_id)
        for key in ("workflow_id", "chatflow_id"):
            if id_ := getattr(section, key):
                yield await checks.workflow(inquiry, id_, key=key)


async def adapter(kinds: registry.Kinds, settings: Settings, name: str, about: Circumstances) -> Findings:
    """What that adapter finds at its platform."""
    section = settings.adapters[name]
    built = registry.build(kinds, name, section.kind, section.options)
    if not isinstance(built, Checkable):
        yield ok(f"a {section.kind} has nothing to ask")
        return
    async for finding in built.checks(about):
        yield finding


async def coze_assumptions(settings: Settings, name: str) -> Findings:
    """What we assume of that Coze without a document."""
    async with AsyncExitStack() as stack:
        async for finding in assumptions(await open_inquiry(stack, name, settings.coze[name])):
            yield finding


def circumstances(
    settings: Settings, name: str, *, running: bool, places: tuple[str, ...], thorough: bool
) -> Circumstances:
    """What the adapter of that *name* may know of the rest."""
    return Circumstances(
        thorough=thorough,
        running=running,
        webhook_url=settings.http.webhook_url(name),
        unaddressed=tuple(_unaddressed(settings, name)),
        chats=tuple(dict.fromkeys([*_named(settings, name), *_answered(places, name)])),
    )


async def open_inquiry(stack: AsyncExitStack, name: str, section: CozeSettings) -> Inquiry:
    """That Coze, open to questions until *stack* closes."""
    tokens = await open_tokens(stack, name, section)
    return await stack.enter_async_context(Inquiry(section.base_url, tokens, proxy=section.proxy, ca=section.ca))


def _any_workflow(bots: list[BotSettings]) -> bool:
    return any(bot.workflow_id or bot.chatflow_id for bot in bots)


def _unless_none(bots: list[BotSettings], probes: tuple[checks.Probe, ...]) -> tuple[checks.Probe, ...]:
    """What agents and chatflows need, if there is one of either."""
    return probes if any(not bot.workflow_id for bot in bots) else ()


def _unaddressed(settings: Settings, name: str) -> Iterator[str]:
    """The routes that answer in groups of that adapter what is not meant for the bot."""
    for route in settings.routes:
        always = merge(settings.defaults, route).answer is AnswerWhen.ALWAYS
        kind = settings.adapters[name].kind
        if always and not route.discard and may_match(route.when, adapter=name, kind=kind, chat_type=ChatType.GROUP):
            yield route.name


def _named(settings: Settings, name: str) -> Iterator[str]:
    """The chats that routes name, and that may be that adapter's."""
    for when in _conditions(settings.routes):
        if when.adapter is None or name in when.adapter:
            yield from when.chat or ()


def _conditions(routes: tuple[RouteSettings, ...]) -> Iterator[When]:
    for route in routes:
        yield route.when
        yield from route.when.alternatives or ()


def _answered(places: tuple[str, ...], name: str) -> Iterator[str]:
    """Every id in the places of that adapter; which of them are chats the adapter can tell."""
    for place in places:
        adapter, *ids = place.split("/")
        if adapter == name:
            yield from ids
