"""Conditions that find the rows of one person in each table: by author, by user id at the bots, and by private chat."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, Table, and_, or_, select

from bridge.sdk.model import ChatType
from bridge.store.accounts import Accounts, accounts_of, of_accounts
from bridge.store.claim import read_stored
from bridge.store.tables import inbox, pauses, people, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Conditions for the rows of one person."""

    accounts: Accounts
    private_chats: Accounts  #: each an adapter and the chat's id there

    @classmethod
    def of_person(cls, connection: Connection, adapter: str, person: str) -> Self:
        """
        The conditions for *person*, with all linked accounts.

        Their private chats are those of their messages, and those with the id of the person, as some platforms have it.
        """
        accounts = accounts_of(connection, adapter, person)
        theirs = select(inbox.c.message).where(of_accounts(inbox, accounts), inbox.c.message.is_not(None))
        messages = (read_stored(row) for row in connection.scalars(theirs))
        places = (one.where for one in messages if one and one.chat_type is ChatType.PRIVATE)
        chats = dict.fromkeys((*accounts, *((place.adapter, place.chat) for place in places)))
        return cls(accounts=accounts, private_chats=list(chats))

    @property
    def person(self) -> Any:
        """Their own rows in `people`."""
        return of_accounts(people, self.accounts)

    @property
    def messages(self) -> Any:
        """What they said, and what was pushed to them alone."""
        return of_accounts(inbox, self.accounts) | (inbox.c.person == "") & self._are_theirs(inbox.c.scope)

    @property
    def shared_sessions(self) -> Any:
        """Every session with their user id; some are shared with others."""
        return sessions.c.user_id.in_(select(people.c.user_id).where(self.person))

    @property
    def sessions(self) -> Any:
        """The sessions that are theirs alone."""
        personal = sessions.c.scope.startswith("person/", autoescape=True)
        return self.shared_sessions & personal | self._are_private(sessions.c.scope)

    @property
    def pauses(self) -> Any:
        """The pauses of them, and of conversations that are theirs alone."""
        return pauses.c.subject.in_(self._names()) | self._are_theirs(pauses.c.subject)

    def named(self, table: Table) -> Any:
        """The rows of a *table* that names people as ``adapter:user``."""
        return table.c.person.in_(self._names())

    def _names(self) -> list[str]:
        return [f"{adapter}:{person}" for adapter, person in self.accounts]

    def _are_theirs(self, scope: Any) -> Any:
        return _any_both(scope.startswith, "person/{}/", scope.endswith, "/{}", self.accounts) | self._are_private(
            scope
        )

    def _are_private(self, scope: Any) -> Any:
        """Which scopes are of one of their private chats, or of a thread there."""
        chats = _any_both(scope.startswith, "chat/{}/", scope.endswith, "/{}", self.private_chats)
        return chats | _any_both(scope.startswith, "thread/{}/", scope.contains, "/{}/", self.private_chats)


def _any_both(first: Any, adapter: str, second: Any, name: str, accounts: Iterable[tuple[str, str]]) -> Any:
    return or_(
        *(
            and_(first(adapter.format(of), autoescape=True), second(name.format(user), autoescape=True))
            for of, user in accounts
        )
    )
