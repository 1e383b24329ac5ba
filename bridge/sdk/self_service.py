"""What somebody may learn and do about themselves outside any answer, on pages that a platform shows to them alone."""

from typing import Protocol, runtime_checkable

from bridge.sdk.model import Inbound


class SelfService(Protocol):
    """
    The core, as a person's own pages need it.

    A *visitor* is who looks at a page, as a message that says nothing, in the place where they would say something.
    """

    async def may_talk(self, visitor: Inbound) -> bool:
        """Whether they may talk there; who may not is turned away as for a message. Raises `Unreachable`."""


@runtime_checkable
class HasPages(Protocol):
    """An adapter whose platform has pages of the app for one person, such as a form or a home."""

    def set_self_service(self, service: SelfService) -> None:
        """Learn whom to ask what stands there, before `run`."""
