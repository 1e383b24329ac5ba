"""The words the bridge answers itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

from bridge.engine.letting_in import LettingIn
from bridge.routing.access import person_of
from bridge.routing.rules import Decision
from bridge.sdk.i18n import MessageId, duration, translate
from bridge.sdk.model import CommandName
from bridge.store.admission import Ends
from bridge.store.claim import Turn
from bridge.store.inbox import Inbox

FormatCommand = Callable[[CommandName], str]
"""How a person writes a command where they are."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What people may tell the bridge to do."""

    inbox: Inbox
    letting_in: LettingIn

    async def execute(
        self, claimed: Turn, command: CommandName, decision: Decision, format_command: FormatCommand
    ) -> str | None:
        """Do it; gives what to say, or nothing where the person sees it happen anyway."""
        language = claimed.message.author.language
        match command:
            case CommandName.START:
                name = decision.bot or "coze-bridge"
                return translate(MessageId.START, language, bot=name, help=format_command(CommandName.HELP))
            case CommandName.HELP:
                return translate(MessageId.HELP, language, **{name: format_command(name) for name in CommandName})
            case CommandName.NEW | CommandName.RETRY:
                return translate(_SENTENCES[command], language)
            case CommandName.STOP:
                return _stopped(claimed.ended, language)
            case CommandName.APPROVE:
                return await self._approve(claimed, decision)
            case CommandName.STATUS:
                return await self._status(claimed, decision)
        assert_never(command)

    async def _approve(self, claimed: Turn, decision: Decision) -> str:
        """Let in who has the code, if an admin says so; from anybody else it is a command that is not there."""
        language, code = claimed.message.author.language, claimed.message.text
        if not decision.by_admin:
            return translate(MessageId.NOT_ALLOWED, language)
        person = await self.letting_in.approve(code)
        if person is None:
            return translate(MessageId.NOBODY_TO_LET_IN, language)
        return translate(MessageId.HAS_LET_IN, language, person=person)

    async def _status(self, claimed: Turn, decision: Decision) -> str:
        language = claimed.message.author.language
        if decision.route and decision.route.reply:
            return decision.route.reply
        if decision.bot is None:
            return translate(MessageId.NO_ROUTE, language)
        memory = translate(_MEMORY[claimed.scope.partition("/")[0]], language)
        waiting = await self.inbox.queue_length(claimed.scope)
        status = translate(MessageId.STATUS, language, bot=decision.bot, memory=memory, waiting=waiting)
        lines = [status, *await self._left(claimed, decision)]
        if (after := decision.rules.forget_after) is not None:
            lines.append(translate(MessageId.STATUS_FORGETS, language, after=duration(after, language)))
        return "\n".join(lines)

    async def _left(self, claimed: Turn, decision: Decision) -> list[str]:
        """What the person may still ask for, a line each; nothing of what everybody has together."""
        own = [(one, one.charge(person_of(claimed.message), 0)) for one in decision.allowances if one.personal]
        if not own:
            return []
        left = await self.inbox.allowances.left([charge for _, charge in own])
        language = claimed.message.author.language
        return [
            translate(
                _LEFT[one.unit],
                language,
                left=int(left[charge.key] * one.rate.count + _ROUNDING),
                count=one.rate.count,
                period=duration(one.rate.seconds, language),
            )
            for one, charge in own
        ]


_ROUNDING: Final = 0.01
"""Of a message: what a clock that goes on between two questions takes from a full bucket."""

_LEFT: Final = {"messages": MessageId.MESSAGES_LEFT, "tokens": MessageId.TOKENS_LEFT}
"""By the unit of an allowance."""


def _stopped(ended: Ends, language: str | None) -> str | None:
    """What to say to who wanted to stop; an answer that ran says so itself."""
    match ended:
        case Ends.RUNNING:
            return None
        case Ends.TRIED:
            return translate(MessageId.STOP_DONE, language)
        case Ends.NOTHING:
            return translate(MessageId.STOP_NOTHING, language)
    assert_never(ended)


_SENTENCES = {
    CommandName.NEW: MessageId.NEW_DONE,  # the memory went when the command arrived
    CommandName.RETRY: MessageId.RETRY_NOTHING,  # where there is a question to ask again, it stands in the command's place
}
_MEMORY = {"person": MessageId.MEMORY_PERSON, "chat": MessageId.MEMORY_CHAT, "thread": MessageId.MEMORY_THREAD}
"""By the first word of a scope."""
