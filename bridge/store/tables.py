"""
The tables, as SQLAlchemy sees them; `migrations/versions` makes them, with what `bridge.store.indexes` adds.

All times are seconds since 1970 by the database's own clock (`now`), so that replicas need not agree about theirs.
"""

from enum import IntEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnClause,
    ColumnElement,
    Double,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    literal_column,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bridge.store.sealing import Sealed

metadata = MetaData()


class TurnStatus(IntEnum):
    """What is being done about a message; the numbers are in indexes and statements."""

    WAITING = 0
    RUNNING = 1
    DONE = 2
    DEAD = 3


# As literals in the SQL: PostgreSQL uses a partial index only for values it can see.
WAITING: ColumnClause[int] = literal_column(str(int(TurnStatus.WAITING)))
RUNNING: ColumnClause[int] = literal_column(str(int(TurnStatus.RUNNING)))
DONE: ColumnClause[int] = literal_column(str(int(TurnStatus.DONE)))
DEAD: ColumnClause[int] = literal_column(str(int(TurnStatus.DEAD)))


class now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function it is
    """Seconds since 1970 by the database's clock when the statement began: PostgreSQL uses no index for a time that may still change."""

    type = Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    return "extract(epoch from statement_timestamp())::double precision"


_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("adapter", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("queue_key", Text, nullable=False),  # messages of one queue are answered one after the other
    Column("scope", Text, nullable=False),  # whose memory the answer uses
    Column("status", SmallInteger, nullable=False),
    Column("due", Double, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_until", Double),
    Column("accepted_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("message", Sealed),  # the Inbound as JSON; erased when its time is over
    Column("edit", Sealed),  # the Inbound as its author wants it by now, until whoever works on the old one has stopped
    Column("stage", Text, nullable=False, server_default="accepted"),
    Column("bot", Text),
    Column("conversation_id", Text),
    Column("chat_id", Text),
    Column("answer", Sealed),
    Column("follow_ups", Sealed, nullable=False, server_default="[]"),
    Column("parts", Sealed, nullable=False, server_default="[]"),
    Column("failure_notified", Boolean, nullable=False, server_default=text("false")),
    Column("stop_requested", Boolean, nullable=False, server_default=text("false")),
    Column("ended", SmallInteger, nullable=False, server_default="0"),  # what this message ended, as `Ends`
    Column("reason", Text),
    Column("tokens", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,  # a number given away twice would make one turn find another's question at the bot's side
)

UNFINISHED: ColumnElement[bool] = inbox.c.status < literal_column("2")
FINISHED: ColumnElement[bool] = inbox.c.status > literal_column("1")
"""Conditions in the very words of the partial indexes: SQLite uses an index for no others."""

dedupe_keys = Table(
    "dedupe_keys",
    metadata,
    Column("adapter", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("seen_at", Double, nullable=False),
)

engaged_threads = Table(
    "engaged_threads",
    metadata,
    Column("place", Text, primary_key=True),  # where the bot is part of the talk
    Column("used_at", Double, nullable=False),  # to the day: when somebody was heard there last
)

people = Table(
    "people",
    metadata,
    Column("adapter", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("user_id", Text, nullable=False),  # what Coze knows the person by: random, so it tells nothing
    Column("since", Double, nullable=False),
    Column("seen_at", Double, nullable=False),  # to the day: when they were heard last
)

sessions = Table(
    "sessions",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("bot", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Column("resume_token", Text),  # by which the bot finds the question of its own that the next message answers
    Column("answered_turn", BigInteger),  # the newest that was answered in it
)

choices = Table(
    "choices",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("person", Text),  # whose the memory is alone, as adapter:user
    Column("bot", Text),
    Column("start", Text, nullable=False),
    Column("chosen_at", Double, nullable=False),
)

former_chats = Table(
    "former_chats",
    metadata,
    Column("adapter", Text, primary_key=True),
    Column("chat", Text, primary_key=True),  # its id by now
    Column("former", Text, nullable=False),
    Column("moved_at", Double, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("person", Text, primary_key=True),  # the guest, as adapter:user
    Column("host", Text, nullable=False),  # whose memory goes on, as adapter:user
    Column("home", Text, nullable=False),  # the host's private chat, as JSON
    Column("place", Text, nullable=False),  # the guest's, as JSON
    Column("language", Text),
    Column("host_language", Text),
    Column("since", Double, nullable=False),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("person", Text, primary_key=True),  # who made it, as adapter:user
    Column("code", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("language", Text),
    Column("made_at", Double, nullable=False),
)

pairings = Table(
    "pairings",
    metadata,
    Column("person", Text, primary_key=True),  # as adapter:user
    Column("code", Text, nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("let_in_at", Double),  # until then they wait
    Column("place", Text, nullable=False),  # where they are told, as JSON
    Column("language", Text),
)

pauses = Table(
    "pauses",
    metadata,
    Column("subject", Text, primary_key=True),  # a person as adapter:user, or the scope of a conversation
    Column("since", Double, nullable=False),
)

allowances = Table(
    "allowances",
    metadata,
    Column("key", Text, primary_key=True),  # a hash of whose it is
    Column("full_at", Double, nullable=False),  # when the bucket is full again; nobody needs the row any more then
    Column("window_seconds", Double, nullable=False),
    Column("told_until", Double, nullable=False),  # the person has heard of its end, and need not hear again before
)

adapter_secrets = Table(
    "adapter_secrets",
    metadata,
    Column("adapter", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Sealed, nullable=False),
    Column("valid_until", Double),  # for ever, where there is no such time
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Double, nullable=False),
)
