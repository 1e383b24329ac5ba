"""Who may talk here at all, whichever route would answer."""

from collections.abc import Iterable, Mapping

from bridge.config.access_settings import AccessRule, AccessSettings
from bridge.config.settings import Settings
from bridge.routing.reasons import Reason
from bridge.sdk.model import ChatType, Inbound

Groups = Mapping[str, frozenset[str]]
"""The members of each group of people, as ``adapter:user``."""


def groups_of(settings: Settings) -> Groups:
    """The groups of people that the file names."""
    return {name: frozenset(members) for name, members in settings.people.items()}


def members(names: Iterable[str], groups: Groups) -> frozenset[str]:
    """Everybody among *names*, each a person or a group, as ``adapter:user``."""
    return frozenset().union(*(groups.get(name, (name,)) for name in names))


def person_of(message: Inbound) -> str:
    """Who speaks, as ``adapter:user``."""
    return f"{message.where.adapter}:{message.author.id}"


def identity_of(message: Inbound) -> str:
    """Whose limits a message counts for, as ``adapter:user``: the author or, where they are linked, their home account."""
    return message.home.name if message.home else person_of(message)


class Access:
    """The access rules of one config file."""

    def __init__(self, access: AccessSettings, groups: Groups) -> None:
        self._admins = members(access.admins, groups)
        self._private = _Gate("private", access.private, groups, self._admins)
        self._groups = _Gate("groups", access.groups, groups, self._admins)

    def is_admin(self, message: Inbound) -> bool:
        """Whether the author may let others in."""
        return person_of(message) in self._admins

    def refusal(self, message: Inbound) -> Reason | None:
        """Why the author may not talk there, in the operator's words; None if they may."""
        return self._gate(message).refusal(message)

    def is_by_pairing(self, message: Inbound) -> bool:
        """Whether an author who is refused there may have been let in by pairing."""
        return self._gate(message).rule.mode == "pairing"

    def _gate(self, message: Inbound) -> "_Gate":
        return self._private if message.chat_type is ChatType.PRIVATE else self._groups


class _Gate:
    """One of the two access rules: for private chats, or for groups."""

    def __init__(self, where: str, rule: AccessRule, groups: Groups, admins: frozenset[str]) -> None:
        self._where, self.rule, self._admins = f"access.{where}", rule, admins
        self._people = members(rule.people, groups)

    def refusal(self, message: Inbound) -> Reason | None:
        match self.rule.mode:
            case "everyone":
                return None
            case "people":
                named = person_of(message) in self._people
                return None if named else self._because("{where}: not one of {people}")
            case "not":
                named = person_of(message) in self._people
                return self._because("{where}: one of {people}") if named else None
            case "pairing":
                if person_of(message) in self._admins:
                    return None
                return self._because("{where}: pairing, and this person has not been let in yet")
            case "nobody":
                return self._because("{where}: nobody")

    def _because(self, text: str) -> Reason:
        return Reason(text, where=self._where, people=", ".join(self.rule.people))
