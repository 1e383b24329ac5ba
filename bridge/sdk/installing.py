"""An app that the people of a platform install themselves: the two pages between which their browser goes to the platform."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from bridge.sdk.ports import WebhookResponse


@runtime_checkable
class OffersInstall(Protocol):
    """An adapter whose app can be installed into more than one workspace."""

    @property
    def install_is_public(self) -> bool | None:
        """Whether everybody may install it, or only who is logged in as an admin; None: it cannot be installed."""

    def set_install_url(self, url: str) -> None:
        """Learn the public URL below which the pages lie, before `run`."""

    async def begin_install(self) -> WebhookResponse:
        """Send a browser to the platform, and know it again by a cookie."""

    async def finish_install(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> WebhookResponse:
        """Take in what the platform gives the browser to bring back; a page that says what became of it."""
