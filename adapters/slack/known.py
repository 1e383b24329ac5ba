"""What reading a workspace's events needs to know beforehand: who the bot is, and the people and channels known so far."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.slack.api import SlackIdentity
from adapters.slack.places import ChatTypesById, chat_type
from adapters.slack.words import NamesById
from bridge.sdk.model import ChatType, Person, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorkspace:
    """What one bot knows of a workspace."""

    adapter: str  #: the name that the config gives it
    me: SlackIdentity
    people: Mapping[str, Person]  #: those that Slack has told us more about, by id
    names: NamesById
    chat_types: ChatTypesById

    def keys(self, *keys: str) -> tuple[str, ...]:
        """Qualify the *keys* with the bot's id: another bot under the same name in the config starts afresh."""
        return tuple(f"{self.me.team}:{self.me.bot}:{key}" for key in keys)

    def place(self, channel: str, chat_type: ChatType, thread: str | None) -> Place:
        """The place of a message; a direct message's place has no thread."""
        within = None if chat_type is ChatType.PRIVATE else thread
        return Place(adapter=self.adapter, chat=channel, thread=within, workspace=self.me.team)

    def person(self, user: str) -> Person:
        """The person with that id, as far as known."""
        return self.people.get(user) or Person(id=user)

    def chat_type(self, channel: str, told: str | None) -> ChatType:
        """The kind of a channel, by the event, by what is known, or for a direct message by its id."""
        return chat_type(channel, told, self.chat_types)


def only_known(**facts: str | None) -> dict[str, str]:
    """The *facts* without those that are None."""
    return {name: fact for name, fact in facts.items() if fact}
