"""What becomes of the chats in which we speak: every event of theirs by name, as `bridge.sdk.telemetry`."""

import structlog

_log = structlog.get_logger("bridge")


def chat_moved(*, adapter: str) -> None:
    """A chat has got another id, and what was meant for it cannot be said."""
    _log.warning("chat.moved", adapter=adapter)


def chat_left(*, adapter: str, stopped: int) -> None:
    """The bot was blocked, thrown out or muted in a chat; so many answers there are stopped, as nobody can read them."""
    _log.info("chat.left", adapter=adapter, stopped=stopped)


def groups_heard_in_part(*, adapter: str, remedy: str) -> None:
    """In groups the platform hands us what is said to the bot alone; *remedy* tells how it gets all, where the rules want that."""
    _log.info("groups.heard_in_part", adapter=adapter, remedy=remedy)


def chat_migrated(*, adapter: str, old: str, new: str, moved: int) -> None:
    """A chat goes on under another id, with what was remembered of it; a route that names the old id must name the new one."""
    _log.warning("chat.migrated", adapter=adapter, old=old, new=new, moved=moved)
