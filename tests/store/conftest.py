"""A store on each kind of database, and messages to put into it."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import pytest

from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup

Say = Callable[..., Inbound]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh one, migrated and open: SQLite, then PostgreSQL."""
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def wakeup() -> Wakeup:
    """What tells the worker of something new."""
    return Wakeup()


@pytest.fixture
def inbox(database: Database, wakeup: Wakeup) -> Inbox:
    """Our replica's."""
    return Inbox(database, wakeup, owner="us", lease=30.0)


@pytest.fixture
def rival(database: Database) -> Inbox:
    """Another replica on the same database."""
    return Inbox(database, Wakeup(), owner="them", lease=30.0)


@pytest.fixture
def say() -> Say:
    """Make a message nobody said before."""
    numbers = count(1)

    def make(text: str = "hello", *, chat: str = "7", thread: str | None = None, **more: object) -> Inbound:
        number = next(numbers)
        given: dict[str, Any] = {
            "dedupe_keys": (f"update:{number}", f"message:{chat}:{number}"),
            "where": Place(adapter="helpdesk", chat=chat, thread=thread),
            "chat_type": ChatType.GROUP if thread else ChatType.PRIVATE,
            "author": Person(id=chat, name="Ann", language="en"),
            "text": text,
            "address": Address.TO_US,
        }
        return Inbound(**given | more)

    return make
