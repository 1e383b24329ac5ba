"""The words the bridge answers itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from bridge.routing.router import Decision
from bridge.sdk.i18n import Word, say
from bridge.sdk.model import CommandName
from bridge.store.claim import Claimed
from bridge.store.inbox import Inbox
from bridge.store.sessions import Sessions

Spell = Callable[[CommandName], str]
"""How a person writes a command where they are."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What people may tell the bridge to do."""

    inbox: Inbox
    sessions: Sessions

    async def obey(self, claimed: Claimed, command: CommandName, decision: Decision, spell: Spell) -> str | None:
        """Do it; gives what to say, or nothing where the person sees it happen anyway."""
        language = claimed.message.author.language
        match command:
            case CommandName.START:
                name = decision.route.bot if decision.route and decision.route.bot else "coze-bridge"
                return say(Word.START, language, bot=name, help=spell(CommandName.HELP))
            case CommandName.HELP:
                return say(Word.HELP, language, **{name: spell(name) for name in CommandName})
            case CommandName.NEW:
                await self.sessions.forget(claimed.scope)
                return say(Word.NEW_DONE, language)
            case CommandName.STOP:
                stopped = await self.inbox.stop(claimed.scope)
                return None if stopped else say(Word.STOP_NOTHING, language)
            case CommandName.STATUS:
                return await self._status(claimed, decision)
        assert_never(command)

    async def _status(self, claimed: Claimed, decision: Decision) -> str:
        language = claimed.message.author.language
        if decision.route is None or decision.route.bot is None:
            return say(Word.NO_ROUTE, language)
        memory = say(_MEMORY[claimed.scope.partition("/")[0]], language)
        waiting = await self.inbox.waiting(claimed.scope)
        return say(Word.STATUS, language, bot=decision.route.bot, memory=memory, waiting=waiting)


_MEMORY = {"person": Word.MEMORY_PERSON, "chat": Word.MEMORY_CHAT, "thread": Word.MEMORY_THREAD}
"""By the first word of a scope."""
