"""Deletes people who were not heard for long, with their pairings; a linked account is kept as long as one of its others."""

from typing import Any, Final

from sqlalchemy import Connection, delete, func, or_, select, tuple_, update

from bridge.store.accounts import accounts_of, of_accounts
from bridge.store.statements import number
from bridge.store.tables import links, now, pairings, pauses, people, sessions

_NAME: Final = people.c.adapter + ":" + people.c.person
_IS_LINKED: Final = select(links.c.person).where(or_(links.c.person == _NAME, links.c.host == _NAME)).exists()
_HAS_MEMORY: Final = (
    select(sessions.c.scope)
    .where(sessions.c.user_id == people.c.user_id, sessions.c.scope.startswith("person/", autoescape=True))
    .exists()
)


def erase_unseen(connection: Connection, seconds: float, *, limit: int) -> int:
    """
    Delete some people, *limit* at most, who were not heard for so many *seconds* and have no conversation; gives how many.

    People who were let in and never heard are deleted after as many seconds, and so are pauses.
    """
    old = select(people.c.adapter, people.c.person, _IS_LINKED.label("is_linked"))
    old = old.where(people.c.seen_at < now() - seconds, ~_HAS_MEMORY)
    unseen = connection.execute(old.order_by(people.c.seen_at).limit(number(limit))).all()
    gone = [(row.adapter, row.person) for row in unseen if not (row.is_linked and _is_heard(connection, row, seconds))]
    connection.execute(delete(people).where(tuple_(people.c.adapter, people.c.person).in_(gone)))
    connection.execute(delete(links).where(links.c.person.in_([f"{adapter}:{person}" for adapter, person in gone])))
    known = select(people.c.person).where(pairings.c.person == _NAME).exists()
    connection.execute(delete(pairings).where(pairings.c.let_in_at < now() - seconds, ~known))
    connection.execute(delete(pauses).where(pauses.c.since < now() - seconds))
    return len(gone)


def _is_heard(connection: Connection, row: Any, seconds: float) -> bool:
    """Whether one of the linked accounts of *row*'s person was heard since; if so, all of them are marked as heard then."""
    theirs = of_accounts(people, accounts_of(connection, row.adapter, row.person))
    heard_at = connection.scalar(select(func.max(people.c.seen_at)).where(theirs, people.c.seen_at >= now() - seconds))
    if heard_at is None:
        return False
    connection.execute(update(people).where(theirs, people.c.seen_at < heard_at).values(seen_at=heard_at))
    return True
