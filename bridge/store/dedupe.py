"""Dedupe keys: what was heard already, so that a redelivery is recognised."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, bindparam, select, true, union_all

from bridge.store.database import Database
from bridge.store.statements import insert_of, text_parameter
from bridge.store.tables import dedupe_keys, now


class DedupeKeys:
    """The statements, one for each number of keys."""

    def __init__(self, database: Database) -> None:
        self._insert = insert_of(database)
        self._inserts: dict[int, Any] = {}
        named = (dedupe_keys.c.adapter == bindparam("adapter"), dedupe_keys.c.key == bindparam("key"))
        self._find = select(dedupe_keys.c.seen_at).where(*named)

    def record(self, connection: Connection, adapter: str, keys: Sequence[str]) -> int:
        """Remember the *keys*; gives how many of them are new."""
        named = {f"key_{index}": _digest(key) for index, key in enumerate(keys)}
        return len(connection.execute(self._insert_of(len(keys)), {"adapter": adapter, **named}).all())

    def knows(self, connection: Connection, adapter: str, key: str) -> bool:
        """Whether *key* is remembered."""
        return connection.scalar(self._find, {"adapter": adapter, "key": _digest(key)}) is not None

    def _insert_of(self, count: int) -> Any:
        """The statement that remembers so many keys, and gives those that are new."""
        if count not in self._inserts:
            keys = (text_parameter(f"key_{index}") for index in range(count))
            each = [select(text_parameter("adapter"), key, now()).where(true()) for key in keys]  # true: for SQLite
            unseen = self._insert(dedupe_keys).from_select(["adapter", "key", "seen_at"], union_all(*each))
            self._inserts[count] = unseen.on_conflict_do_nothing().returning(dedupe_keys.c.key)
        return self._inserts[count]


def _digest(key: str) -> str:
    """What is stored of a key: it outlives its message, and must not tell who wrote it, or where."""
    return blake2b(key.encode(), digest_size=16).hexdigest()
