"""
Encryption at rest of what people and bots say: sealed on its way into a column, and opened on its way out.

A column is of the type `Sealed` in `tables.py`; statements and their callers do not know of it. Without a key the text is stored
as it is, and rows stored that way stay readable beside sealed ones.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Dialect, Engine, Text
from sqlalchemy.types import TypeDecorator

_MARK: Final = "sealed:"
_TOKEN: Final = re.compile(rf"{_MARK}gAAAA[\w-]+={{0,2}}")
"""A Fernet token behind our mark. https://github.com/fernet/spec/blob/master/Spec.md"""

_OF_DIALECT: Final = "bridge_sealing"


class Unopened(ValueError):
    """What is stored is sealed, and no key in use opens it."""

    def __init__(self) -> None:
        super().__init__("no key of privacy.encryption_key opens it")


class Sealing:
    """The keys in use (Fernet: AES-CBC with HMAC-SHA256): the first seals, each may open; without any, text stays as it is."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self.use(keys)

    def use(self, keys: Sequence[str]) -> None:
        """Take other *keys*, as `keygen` prints them, from now on."""
        self._fernet = _fernet(keys) if keys else None

    def seal(self, text: str) -> str:
        """*text* as it is to be stored."""
        return text if self._fernet is None else _MARK + self._fernet.encrypt(text.encode()).decode()

    def unseal(self, stored: str) -> str:
        """The text of what is *stored*; `Unopened` if no key opens it."""
        if not is_sealed(stored):
            return stored
        if self._fernet is None:
            raise Unopened
        return _decrypted(self._fernet, stored.removeprefix(_MARK))


class Sealed(TypeDecorator[str]):
    """A text that is sealed in the database; one that no key opens is given as it is stored, which `legible` refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As it is stored."""
        sealing = getattr(dialect, _OF_DIALECT, None)
        return value if value is None or sealing is None else str(sealing.seal(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """As it was said, if a key opens it."""
        sealing = getattr(dialect, _OF_DIALECT, None)
        if value is None or sealing is None:
            return value
        try:
            return str(sealing.unseal(value))
        except Unopened:
            return value  # one row must not keep a query from all the others


def seal_with(engine: Engine, sealing: Sealing) -> None:
    """Let *engine* seal by *sealing*: it is hung on the engine's own dialect, the only thing that a column's type is given."""
    setattr(engine.dialect, _OF_DIALECT, sealing)


def is_sealed(stored: str) -> bool:
    """Whether *stored* is sealed; no plain text of ours looks like that."""
    return stored.startswith(_MARK) and _TOKEN.fullmatch(stored) is not None


def legible(stored: str) -> str:
    """The value of a `Sealed` column; `Unopened` if no key has opened it."""
    if is_sealed(stored):
        raise Unopened
    return stored


def _fernet(keys: Sequence[str]) -> Any:
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - not needed by who has no key

    return MultiFernet([Fernet(key) for key in keys])


def _decrypted(fernet: Any, token: str) -> str:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as above

    try:
        return str(fernet.decrypt(token).decode())
    except InvalidToken:
        raise Unopened from None
