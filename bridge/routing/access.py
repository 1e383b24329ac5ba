"""Who may talk here at all, whichever route would answer."""

from collections.abc import Iterable, Mapping

from bridge.config.settings import AccessSettings, Settings
from bridge.sdk.model import ChatType, Inbound

Groups = Mapping[str, frozenset[str]]
"""The members of each group of people, as ``adapter:user``."""


def groups_of(settings: Settings) -> Groups:
    """The groups of people that the file names."""
    return {name: frozenset(members) for name, members in settings.people.items()}


def is_one_of(inbound: Inbound, names: Iterable[str], groups: Groups) -> bool:
    """Whether who speaks is among *names*, each a person or a group."""
    person = f"{inbound.where.adapter}:{inbound.author.id}"
    return any(person == name or person in groups.get(name, ()) for name in names)


def refusal(inbound: Inbound, access: AccessSettings, groups: Groups) -> str | None:
    """Why whoever speaks may not do so here; None if they may."""
    private = inbound.chat_type is ChatType.PRIVATE
    where, rule = ("private", access.private) if private else ("groups", access.groups)
    match rule.mode:
        case "everyone":
            return None
        case "people":
            names = ", ".join(rule.people)
            return None if is_one_of(inbound, rule.people, groups) else f"access.{where}: not one of {names}"
        case "pairing":
            return f"access.{where}: pairing, and this person has not been let in yet"
        case "nobody":
            return f"access.{where}: nobody"
