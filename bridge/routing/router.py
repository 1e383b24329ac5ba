"""
Which route answers a message, by which rules, who shares its memory; and why.

Rule: the first route whose conditions all hold answers. Pure: same message, same settings, same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from bridge.config.settings import (
    EVERYBODY_ELSE,
    AnswerWhen,
    Busy,
    DefaultSettings,
    LimitSettings,
    Memory,
    RouteSettings,
    Settings,
)
from bridge.routing.access import groups_of
from bridge.routing.conditions import matches
from bridge.sdk.model import Address, Inbound, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveRules:
    """The defaults, and what a route says otherwise."""

    answer: AnswerWhen
    memory: Memory
    busy: Busy
    variables: Mapping[str, str]
    parameters: Mapping[str, str]
    meta_data: Mapping[str, str]
    limits: LimitSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one route takes a message, and why."""

    route: str
    matched: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who answers."""

    route: RouteSettings | None  #: None: no route matches
    rules: EffectiveRules
    reasons: tuple[Verdict, ...]  #: of every route that was asked, the one that matches last


class ShouldAnswer(Enum):
    """Whether a message is answered."""

    YES = auto()
    IF_ENGAGED = auto()  #: where the bot already takes part in the thread
    NO = auto()


class Router:
    """The routes of *settings*, ready to be asked."""

    def __init__(self, settings: Settings) -> None:
        self._groups = groups_of(settings)
        self._platforms = {name: adapter.kind for name, adapter in settings.adapters.items()}
        self._routes = [(route, merge(settings.defaults, route)) for route in settings.routes]
        self._otherwise = merge(settings.defaults, None)

    def route(self, inbound: Inbound) -> Decision:
        """Who answers *inbound*, and by which rules."""
        reasons: list[Verdict] = []
        for route, rules in self._routes:
            reasons.append(self._verdict(route, inbound))
            if reasons[-1].matched:
                return Decision(route=route, rules=rules, reasons=tuple(reasons))
        return Decision(route=None, rules=self._otherwise, reasons=tuple(reasons))

    def explain(self, inbound: Inbound) -> list[Verdict]:
        """Each route in turn up to the one that answers, and why it does or does not."""
        return list(self.route(inbound).reasons)

    def _verdict(self, route: RouteSettings, inbound: Inbound) -> Verdict:
        matched, why = matches(route.when, inbound, self._platforms.get(inbound.where.adapter, ""), self._groups)
        return Verdict(route=route.name, matched=matched, why=why)


def merge(defaults: DefaultSettings, route: RouteSettings | None) -> EffectiveRules:
    """The *defaults*, but what *route* says otherwise."""
    if route is None:
        route = RouteSettings(name=EVERYBODY_ELSE, discard=True)
    limits = {name: getattr(route.limits, name) for name in route.limits.model_fields_set}
    return EffectiveRules(
        answer=route.answer or defaults.answer,
        memory=route.memory or defaults.memory,
        busy=route.busy or defaults.busy,
        variables={**defaults.variables, **route.variables},
        parameters={**defaults.parameters, **route.parameters},
        meta_data={**defaults.meta_data, **route.meta_data},
        limits=defaults.limits.model_copy(update=limits),
    )


def should_answer(inbound: Inbound, rules: EffectiveRules) -> ShouldAnswer:
    """Whether *inbound* is answered where these *rules* hold."""
    if rules.answer is AnswerWhen.ALWAYS:
        return ShouldAnswer.YES
    match inbound.address:
        case Address.TO_US:
            return ShouldAnswer.YES
        case Address.IN_THREAD:
            return ShouldAnswer.IF_ENGAGED
        case Address.OVERHEARD:
            return ShouldAnswer.NO
        case _:
            assert_never(inbound.address)


def scope(inbound: Inbound, memory: Memory) -> str:
    """Who shares the memory, and the queue in which their messages wait: a key no other such company has."""
    where = inbound.where
    match memory:
        case Memory.AUTO:
            return scope(inbound, Memory.PERSON if where.thread is None else Memory.THREAD)
        case Memory.PERSON:
            return _key(memory, where, inbound.author.id)
        case Memory.THREAD:
            return _key(memory, where, where.thread)
        case Memory.CHAT:
            return _key(memory, where)
        case _:
            assert_never(memory)


def scopes_at(where: Place) -> tuple[tuple[str, ...], str]:
    """Every scope of the messages at that place: those that it shares, and how the scopes of single people there begin."""
    shared = [_key(Memory.CHAT, where)]
    if where.thread is not None:
        shared.insert(0, _key(Memory.THREAD, where, where.thread))
    return tuple(shared), f"{_key(Memory.PERSON, where)}/"


def _key(memory: Memory, where: Place, *more: str | None) -> str:
    return "/".join(map(_escaped, (memory, where.adapter, where.workspace, where.chat, *more)))


def _escaped(part: str | None) -> str:
    """The *part* without separators; None and empty stay apart, as a lone % comes of nothing else."""
    if part is None:
        return ""
    return part.replace("%", "%25").replace("/", "%2F") or "%"
