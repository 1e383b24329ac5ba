"""The choices of a memory (which bot, which deep link): looked up for each message in it, and changed by commands."""

from dataclasses import dataclass, replace
from typing import Final

from bridge.routing.rules import Decision, Rules
from bridge.routing.scopes import scopes_of
from bridge.sdk.choices import Choices
from bridge.sdk.model import CommandName, Inbound
from bridge.store.choices import ChosenInMemories

PAYLOAD_LONGEST: Final = 64
"""Characters kept of the payload of ``/start``: as many as any platform's deep link has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedMessage:
    """A message with the choices of its memory, and what the rules say of it."""

    message: Inbound
    decision: Decision
    chosen: Choices | None = None  #: what its command chooses, to be stored; None: nothing


async def with_choices(message: Inbound, rules: Rules, chosen: ChosenInMemories) -> DecidedMessage:
    """
    *message* with what was chosen in its memory, and what the *rules* say of it.

    A choice may itself change the memory that the message belongs to: so of all memories it could belong to, the newest
    choice counts with which the rules still lead to that memory. Where no rule asks for choices, nothing is looked up.
    """
    plain = rules.decide(message)
    if not rules.ask_for_choices:
        return DecidedMessage(message=message, decision=plain)
    for scope, choices in await chosen.latest(scopes_of(message)):
        there = replace(message, choices=choices)
        decision = rules.decide(there)
        if decision.scope == scope:
            return DecidedMessage(message=there, decision=decision)
    return DecidedMessage(message=message, decision=plain)


def choosing(decided: DecidedMessage, rules: Rules) -> DecidedMessage:
    """
    The message with what its command chooses, if anything, and what the *rules* say of it then.

    ``/new`` keeps the decision of the memory in which it was said; a question behind it is asked without the old choices.
    """
    message, decision = decided.message, decided.decision
    chosen = _choice_by(message, decision) if rules.ask_for_choices and message.command is not None else None
    if chosen is None:
        return decided
    message = replace(message, choices=chosen)
    if message.command is not CommandName.NEW:
        decision = rules.decide(message)
    return DecidedMessage(message=message, decision=decision, chosen=chosen)


def _choice_by(message: Inbound, decision: Decision) -> Choices | None:
    """The choices of the memory after the command of *message*; None if it changes nothing."""
    before = after = message.choices
    match message.command:
        case CommandName.NEW:
            after = replace(before, start="")
        case CommandName.START:
            after = replace(before, start=message.text.strip()[:PAYLOAD_LONGEST])
        case CommandName.BOT if name := bot_named(message.text, decision):
            after = replace(before, bot=name)
    return None if after == before else after


def bot_named(words: str, decision: Decision) -> str | None:
    """Which of the bots to choose from is meant by *words*, in upper or lower case; None if none is."""
    meant = words.strip().casefold()
    return next((bot for bot in decision.bots if bot.casefold() == meant), None)
