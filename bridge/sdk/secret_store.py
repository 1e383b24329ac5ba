"""What an adapter keeps in the bridge's database: secrets that its platform gave it while it ran, such as tokens."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable


class SecretStore(Protocol):
    """
    Values by kind and key, encrypted at rest, of one adapter alone and of all its replicas together.

    Everything here raises `Unreachable` while the database is away.
    """

    async def all(self, kind: str) -> Mapping[str, str]:
        """Each value of that *kind*, by key."""

    async def get(self, kind: str, key: str) -> str | None:
        """One value; None if there is none, or not any more."""

    async def put(
        self, kind: str, key: str, value: str, *, valid_for: float | None = None, at_most: int | None = None
    ) -> bool:
        """
        Keep a value, in the place of another; *valid_for*: so many seconds.

        False where there are *at_most* of its kind already.
        """

    async def take(self, kind: str, key: str) -> str | None:
        """One value, which nobody gets a second time."""

    async def delete(self, kind: str, key: str) -> None:
        """Delete one value; fine if there is none."""

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """A lock by name over all replicas, held for as long as the block lasts; entering waits for it."""


@runtime_checkable
class KeepsSecrets(Protocol):
    """An adapter that keeps such values."""

    def set_secret_store(self, store: SecretStore) -> None:
        """Learn where, before it is opened."""
