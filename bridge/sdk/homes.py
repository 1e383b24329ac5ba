"""Where a linked person is at home: the private chat whose memory all their private chats share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The private chat on whose platform a person's accounts were linked; their other accounts share its memory."""

    adapter: str  #: the adapter's name in the config
    workspace: str | None  #: as in `bridge.sdk.model.Place`
    chat: str  #: the platform's id of the private chat
    person: str  #: the platform's id of the person there

    @property
    def name(self) -> str:
        """Whose it is, as ``adapter:user``."""
        return f"{self.adapter}:{self.person}"
