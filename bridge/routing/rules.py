"""
The rules of one config file: what is to be done about a message, decided once and in one value.

Pure: same message, same settings, same decision. The first route whose conditions all hold answers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import assert_never

from bridge.config.route_settings import AnswerWhen, RouteSettings, When
from bridge.config.settings import EVERYBODY_ELSE, Settings
from bridge.routing import scopes
from bridge.routing.access import Access, Groups, groups_of
from bridge.routing.conditions import Conditions, Setting, asks_for, facts_of
from bridge.routing.context import context, is_about_author, is_about_start
from bridge.routing.effective_rules import EffectiveRules, merge
from bridge.routing.index import RouteIndex
from bridge.routing.limits import Allowance, allowances
from bridge.routing.reasons import Reason
from bridge.sdk.asking import Context
from bridge.sdk.model import Address, Inbound


class Audience(Enum):
    """Whether a message is meant for the bot."""

    US = auto()
    US_IF_ENGAGED = auto()  #: where the bot already takes part in the thread
    OTHERS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Everything that the rules say of one message."""

    audience: Audience  #: whether it is meant for the bot
    refusal: Reason | None  #: why its author may not talk there, in the operator's words; None: they may
    by_pairing: bool  #: whether an author who is refused may have been let in by pairing, which only the database knows
    by_admin: bool  #: whether its author may let others in
    scope: str  #: whose memory it belongs to, which is the queue it waits in
    route: RouteSettings | None  #: None: no route matches
    bot: str | None  #: who answers; None: nobody does
    bots: tuple[str, ...]  #: among which people may choose; the first answers until they do
    rules: EffectiveRules  #: how it is answered: the defaults, and what its route says otherwise
    allowances: tuple[Allowance, ...]  #: what limits a question; none where no bot answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one route takes a message, and why."""

    route: str  #: by its name in the config
    matched: bool  #: whether it takes the message
    why: Reason  #: in the operator's words


@dataclass(frozen=True, slots=True)
class _Route:
    settings: RouteSettings | None
    conditions: Conditions
    rules: EffectiveRules
    bots: tuple[str, ...]
    allowances: Mapping[str | None, tuple[Allowance, ...]]  #: of a question, by who is asked


class Rules:
    """One config file's rules."""

    def __init__(self, settings: Settings) -> None:
        groups = groups_of(settings)
        self.settings = settings
        self._access = Access(settings.access, groups)
        self._platforms = {name: adapter.kind for name, adapter in settings.adapters.items()}
        self._routes = [_prepared(route, settings, groups) for route in settings.routes]
        self._index = RouteIndex([route.when for route in settings.routes], groups)
        self._no_route = _prepared(None, settings, groups)
        #: whether the `Choices` of a memory can change anything
        self.ask_for_choices = any(map(_asks_for_choices, self._routes))
        self._ask_for_language = any(asks_for(route.when, "language") for route in settings.routes)

    def decide(self, message: Inbound) -> Decision:
        """What is to be done about *message*."""
        found = self._find(message)
        chosen = message.choices.bot
        bot = chosen if chosen in found.bots else next(iter(found.bots), None)
        return Decision(
            audience=_audience(message, found.rules),
            refusal=self.refusal(message),
            by_pairing=self._access.is_by_pairing(message),
            by_admin=self._access.is_admin(message),
            scope=scopes.scope(message, found.rules.memory),
            route=found.settings,
            bot=bot,
            bots=found.bots,
            rules=found.rules,
            allowances=found.allowances.get(bot, ()),
        )

    def refusal(self, message: Inbound) -> Reason | None:
        """Why its author may not talk there; None if they may."""
        return self._access.refusal(message)

    def explain(self, message: Inbound) -> list[Verdict]:
        """Each route in turn up to the one that answers, and why it does or does not."""
        facts = facts_of(message, self._platforms.get(message.where.adapter, ""))
        verdicts = []
        for route, settings in zip(self._routes, self.settings.routes, strict=True):
            matched = route.conditions.hold(facts)
            verdicts.append(Verdict(route=settings.name, matched=matched, why=route.conditions.why(facts)))
            if matched:
                break
        return verdicts

    def context(self, message: Inbound, decision: Decision) -> Context:
        """What the bot is told beside the question."""
        told = context(message, decision.rules, route=decision.route.name if decision.route else "")
        return replace(told, hidden=self.settings.privacy.redact)

    def is_about_author(self, decision: Decision) -> bool:
        """Whether the author's name or language matters: to what the bot is told beside the question, or to who answers."""
        return self._ask_for_language or is_about_author(decision.rules)

    def _find(self, message: Inbound) -> _Route:
        facts = facts_of(message, self._platforms.get(message.where.adapter, ""))
        for position in self._index.candidates(facts):
            route = self._routes[position]
            if route.conditions.hold(facts):
                return route
        return self._no_route


def _prepared(route: RouteSettings | None, settings: Settings, groups: Groups) -> _Route:
    rules = merge(settings.defaults, route)
    when, name = (route.when, route.name) if route else (When(), EVERYBODY_ELSE)
    bots = route.candidates if route else ()
    return _Route(
        route,
        Conditions(when, Setting(groups=groups, route=name, memory=rules.memory)),
        rules,
        bots,
        {bot: tuple(_allowances(name, rules, settings, bot)) for bot in bots},
    )


def _asks_for_choices(route: _Route) -> bool:
    by_start = route.settings is not None and asks_for(route.settings.when, "start")
    return by_start or len(route.bots) > 1 or is_about_start(route.rules)


def _allowances(route: str, rules: EffectiveRules, settings: Settings, bot: str) -> Iterator[Allowance]:
    coze = settings.bots[bot].coze
    yield from allowances(rules.limits, subject=f"route {route}", personal=True)
    yield from allowances(settings.coze[coze].limits, subject=f"coze {coze}", personal=False)


def _audience(message: Inbound, rules: EffectiveRules) -> Audience:
    if rules.answer is AnswerWhen.ALWAYS:
        return Audience.US
    match message.address:
        case Address.TO_US:
            return Audience.US
        case Address.IN_THREAD:
            return Audience.US_IF_ENGAGED
        case Address.OVERHEARD:
            return Audience.OTHERS
        case _:
            assert_never(message.address)
