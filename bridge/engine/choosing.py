"""The choices of a memory (which bot, which deep link): looked up for each message in it, and changed by commands."""

from dataclasses import replace
from typing import Final

from bridge.routing.rules import Decision, Rules
from bridge.routing.scopes import scopes_of
from bridge.sdk.choices import Choices
from bridge.sdk.model import CommandName, Inbound
from bridge.store.choices import ChosenInMemories

PAYLOAD_LONGEST: Final = 64
"""Characters kept of the payload of ``/start``: as many as any platform's deep link has."""


async def with_choices(message: Inbound, rules: Rules, chosen: ChosenInMemories) -> tuple[Inbound, Decision]:
    """
    *message* with what was chosen in its memory, and what the *rules* say of it.

    A choice may itself change the memory that the message belongs to: so of all memories it could belong to, the newest
    choice counts with which the rules still lead to that memory. Where no rule asks for choices, nothing is looked up.
    """
    plain = rules.decide(message)
    if not rules.ask_for_choices:
        return message, plain
    for scope, choices in await chosen.latest(scopes_of(message)):
        there = replace(message, choices=choices)
        decision = rules.decide(there)
        if decision.scope == scope:
            return there, decision
    return message, plain


def choosing(message: Inbound, decision: Decision, rules: Rules) -> tuple[Inbound, Decision, Choices | None]:
    """
    *message* with what its command chooses, what the *rules* say of it then, and the choices to store; None if nothing changed.

    ``/new`` keeps the decision of the memory in which it was said; a question behind it is asked without the old choices.
    """
    chosen = _choice_by(message, decision) if rules.ask_for_choices and message.command is not None else None
    if chosen is None:
        return message, decision, None
    message = replace(message, choices=chosen)
    return message, decision if message.command is CommandName.NEW else rules.decide(message), chosen


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
