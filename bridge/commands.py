"""The words the bridge answers itself."""

from dataclasses import dataclass
from typing import assert_never

from bridge.model import CommandName
from bridge.routing.router import Decision
from bridge.store.claim import Claimed
from bridge.store.inbox import Inbox
from bridge.store.sessions import Sessions
from bridge.text.words import Word, say


@dataclass(frozen=True, slots=True)
class Commands:
    """What people may tell the bridge to do."""

    inbox: Inbox
    sessions: Sessions

    async def obey(self, claimed: Claimed, command: CommandName, decision: Decision) -> str | None:
        """Do it; gives what to say, or nothing where the person sees it happen anyway."""
        language = claimed.message.author.language
        match command:
            case CommandName.START:
                return say(Word.START, language)
            case CommandName.HELP:
                return say(Word.HELP, language)
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
        waiting = await self.inbox.waiting(claimed.scope)
        memory = decision.rules.memory
        return say(Word.STATUS, language, bot=decision.route.bot, memory=memory, waiting=waiting)
