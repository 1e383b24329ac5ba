"""Where the token of a call to Coze comes from."""

from typing import Protocol, Self


class TokenSource(Protocol):
    """A source of access tokens."""

    async def token(self) -> str:
        """The token to send now."""

    async def refresh(self, stale: str) -> bool:
        """Get another token than *stale*, which was refused; False if there is none to be had."""

    def for_owner(self, owner: str) -> "TokenSource":
        """The source for *owner*'s conversations, where each owner has a token; else this one."""


class StaticToken:
    """A token from the config: a personal access token, or a service token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """The one token there is."""
        return self._token

    async def refresh(self, stale: str) -> bool:
        """Whether the one token there is differs from *stale*."""
        return stale != self._token

    def for_owner(self, owner: str) -> Self:  # noqa: ARG002 - a plain token sees everything
        """The source itself."""
        return self
