"""The texts of ``/start``, ``/help`` and ``/bot``: who answers, and what can be asked. Pure."""

from typing import Final

from bridge.engine.choosing import bot_named
from bridge.engine.responses import FormatCommand, Response
from bridge.routing.rules import Decision
from bridge.sdk.answers import Buttons, CommandButton
from bridge.sdk.asking import Introduction
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import CommandName

PROMPTS_MOST: Final = 8
"""Questions offered at once."""


def welcome(decision: Decision, bot: Introduction, language: str | None, format_command: FormatCommand) -> Response:
    """The bot's own opening words, or ours where it has none, and what to ask first: the route's prompts, else the bot's."""
    if decision.bot is None:
        return Response(text=nobody(decision, language))
    help_command = format_command(CommandName.HELP)
    buttons = Buttons(follow_ups=(decision.rules.prompts or bot.questions)[:PROMPTS_MOST])
    if not bot.greeting:
        name = bot.name or decision.bot
        return Response(text=translate(MessageId.START, language, bot=name, help=help_command), buttons=buttons)
    more = translate(MessageId.START_MORE, language, help=help_command)
    return Response(text=f"{bot.greeting}\n\n{more}", buttons=buttons, formatted=True)


def help_text(decision: Decision, language: str | None, format_command: FormatCommand) -> Response:
    """What can be said to the bridge itself."""
    commands = {str(name): format_command(name) for name in CommandName}
    lines = [translate(MessageId.HELP, language, **commands)]
    if decision.bots[1:]:
        lines.append(translate(MessageId.HELP_BOT, language, **commands))
    return Response(text="\n".join(lines))


def choice(words: str, decision: Decision, language: str | None, format_command: FormatCommand) -> Response:
    """Who answers now that *words* were said behind the command, and whom else one may choose."""
    if decision.bot is None:
        return Response(text=nobody(decision, language))
    if bot_named(words, decision):
        return Response(text=translate(MessageId.BOT_CHOSEN, language, bot=decision.bot))
    others = [bot for bot in decision.bots if bot != decision.bot]
    if not others:
        return Response(text=translate(MessageId.BOT_ALONE, language, bot=decision.bot))
    sentence = MessageId.BOT_UNKNOWN if words.strip() else MessageId.BOT_CHOICE
    command, names = format_command(CommandName.BOT), ", ".join(others)
    return Response(
        text=translate(sentence, language, bot=decision.bot, others=names, command=command),
        buttons=Buttons(commands=tuple(CommandButton(label=bot, command=CommandName.BOT, words=bot) for bot in others)),
    )


def nobody(decision: Decision, language: str | None) -> str:
    """What the route says instead of a bot's answer, or that nobody answers."""
    said = decision.route.reply if decision.route else None
    return said or translate(MessageId.NO_ROUTE, language)
