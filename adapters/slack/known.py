"""What is known of a workspace before something of it is read: as which bot it is heard, and whom and where Slack has told of."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.slack.api import SlackIdentity
from adapters.slack.places import ChatTypesById, chat_type
from adapters.slack.words import NamesById
from bridge.sdk.model import ChatType, Person, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorkspace:
    """One bot's view of a workspace."""

    adapter: str  #: the name that the config gives it
    me: SlackIdentity
    people: Mapping[str, Person]  #: those that Slack has told us more about, by id
    names: NamesById
    chat_types: ChatTypesById

    def keys(self, *keys: str) -> tuple[str, ...]:
        """The *keys* as they are for this bot: another one of the same name in the config counts anew."""
        return tuple(f"{self.me.team}:{self.me.bot}:{key}" for key in keys)

    def place(self, channel: str, chat_type: ChatType, thread: str | None) -> Place:
        """Where it was said; a direct message's place has no thread."""
        within = None if chat_type is ChatType.PRIVATE else thread
        return Place(adapter=self.adapter, chat=channel, thread=within, workspace=self.me.team)

    def person(self, user: str) -> Person:
        """Who it is, as far as we know."""
        return self.people.get(user) or Person(id=user)

    def chat_type(self, channel: str, told: str | None) -> ChatType:
        """How many listen, as the event tells or as we know; a direct message's id says it."""
        return chat_type(channel, told, self.chat_types)


def only_known(**facts: str | None) -> dict[str, str]:
    """Those of the *facts* that are known."""
    return {name: fact for name, fact in facts.items() if fact}
