"""The commands that the bridge answers itself, such as ``/help``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.engine import introductions
from bridge.engine.letting_in import LettingIn
from bridge.engine.limits_left import limits_left
from bridge.engine.linking import Linking
from bridge.engine.privacy import Privacy
from bridge.engine.responses import FormatCommand, GivenCommand, Response
from bridge.routing.access import identity_of
from bridge.routing.rules import Decision
from bridge.sdk.asking import Introduction
from bridge.sdk.i18n import MessageId, duration, translate
from bridge.sdk.model import CommandName
from bridge.sdk.ports import Bot
from bridge.store.admission import Ends
from bridge.store.claim import Turn
from bridge.store.inbox import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Executes the commands of people."""

    inbox: Inbox
    letting_in: LettingIn
    bots: Mapping[str, Bot]
    personal_data: Privacy
    linking: Linking

    async def execute(
        self, claimed: Turn, command: CommandName, decision: Decision, format_command: FormatCommand
    ) -> Response:
        """Execute *command*; gives what to say."""
        return await _DEEDS[command](
            self, GivenCommand(claimed=claimed, decision=decision, format_command=format_command)
        )

    async def start(self, given: GivenCommand) -> Response:
        """The introduction of the bot that answers."""
        bot = self.bots.get(given.decision.bot or "")
        introduction = bot.profile.introduction if bot else Introduction()
        return introductions.welcome(given.decision, introduction, given.language, given.format_command)

    async def help(self, given: GivenCommand) -> Response:
        """What can be said to the bridge itself."""
        return introductions.help_text(given.decision, given.language, given.format_command)

    async def bot(self, given: GivenCommand) -> Response:
        """Who answers, and whom else one may choose: the choice was made when the command arrived."""
        return introductions.choice(given.words, given.decision, given.language, given.format_command)

    async def privacy(self, given: GivenCommand) -> Response:
        """What is kept about the author; see `Privacy`."""
        response = await self.personal_data.respond(given)
        if not response.leaves_row:
            await self.linking.linked.refresh()
        return response

    async def link(self, given: GivenCommand) -> Response:
        """The author's other accounts; see `Linking`."""
        return await self.linking.respond(given)

    async def new(self, given: GivenCommand) -> Response:
        """Say that it is done: the memory was forgotten when the command arrived."""
        return Response(text=translate(MessageId.NEW_DONE, given.language))

    async def retry(self, given: GivenCommand) -> Response:
        """Say that there is nothing to ask again; where there is a question, it has taken the command's place before."""
        return Response(text=translate(MessageId.RETRY_NOTHING, given.language))

    async def stop(self, given: GivenCommand) -> Response:
        """Say that there was nothing to stop, to somebody who typed the command; an answer that is stopped shows it itself."""
        nothing = given.claimed.ended is Ends.NOTHING and not given.claimed.message.only_stops
        return Response(text=translate(MessageId.STOP_NOTHING, given.language) if nothing else "")

    async def approve(self, given: GivenCommand) -> Response:
        """Let the person with the code in, where an admin says so; nobody else may."""
        if not given.decision.by_admin:
            return Response(text=translate(MessageId.NOT_AN_ADMIN, given.language))
        person = await self.letting_in.approve(given.words)
        if person is None:
            return Response(text=translate(MessageId.NOBODY_TO_LET_IN, given.language))
        return Response(text=translate(MessageId.HAS_LET_IN, given.language, person=person))

    async def status(self, given: GivenCommand) -> Response:
        """Who answers here, in whose memory, and how much may still be asked."""
        claimed, decision, language = given.claimed, given.decision, given.language
        if decision.bot is None:
            return Response(text=introductions.nobody(decision, language))
        memory = translate(_MEMORY[claimed.scope.partition("/")[0]], language)
        waiting = await self.inbox.queue_length(claimed.scope)
        status = translate(MessageId.STATUS, language, bot=decision.bot, memory=memory, waiting=waiting)
        person = identity_of(claimed.message)
        lines = [status, *await limits_left(self.inbox.allowances, decision.allowances, person, language)]
        if (after := decision.rules.forget_after) is not None:
            lines.append(translate(MessageId.STATUS_FORGETS, language, after=duration(after, language)))
        if decision.bots[1:]:
            command = given.format_command(CommandName.BOT)
            lines.append(translate(MessageId.STATUS_CHOICE, language, command=command))
        return Response(text="\n".join(lines))


_MEMORY = {"person": MessageId.MEMORY_PERSON, "chat": MessageId.MEMORY_CHAT, "thread": MessageId.MEMORY_THREAD}
"""By the first word of a scope."""

_DEEDS: Final = {
    CommandName.START: Commands.start,
    CommandName.HELP: Commands.help,
    CommandName.NEW: Commands.new,
    CommandName.STOP: Commands.stop,
    CommandName.RETRY: Commands.retry,
    CommandName.STATUS: Commands.status,
    CommandName.BOT: Commands.bot,
    CommandName.PRIVACY: Commands.privacy,
    CommandName.LINK: Commands.link,
    CommandName.APPROVE: Commands.approve,
}
