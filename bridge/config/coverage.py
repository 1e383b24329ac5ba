"""Whether the conditions of one route cover those of another, decided without any message; unsure is no."""

from collections.abc import Sequence

from bridge.config.route_settings import TextCondition, When
from bridge.sdk.model import ChatType


def covers(earlier: When, later: When) -> bool:
    """Whether every message that *later* matches is surely matched by *earlier*; False where that cannot be told."""
    if all(_covers(name, getattr(earlier, name), getattr(later, name)) for name in When.model_fields):
        return True
    return bool(later.alternatives) and all(covers(earlier, other) for other in later.alternatives or ())


def may_match(when: When, *, adapter: str, kind: str, chat_type: ChatType) -> bool:
    """Whether a message of that adapter, in a chat of that type, may match; True where that cannot be told."""
    wanted = ((when.adapter, adapter), (when.platform, kind), (when.chat_type, chat_type))
    if any(asked is not None and actual not in asked for asked, actual in wanted):
        return False
    if when.alternatives is None:
        return True
    return any(may_match(other, adapter=adapter, kind=kind, chat_type=chat_type) for other in when.alternatives)


def _covers(name: str, earlier: object, later: object) -> bool:
    """Whether the condition of that *name* in an earlier route covers the one in a later route."""
    if earlier is None:
        return True
    if name == "share" or later is None:  # two shares are drawn independently
        return False
    match earlier, later:
        case TextCondition(), TextCondition():
            return _covers_text(earlier, later)
        case tuple(), tuple() if name == "language":
            return all(any(_speaks(one, other) for one in earlier) for other in later)
        case tuple(), tuple() if name != "alternatives":
            return set(later) <= set(earlier)
        case _:
            return earlier == later


def _covers_text(earlier: TextCondition, later: TextCondition) -> bool:
    if earlier.matches is not None and not _within(later.matches, earlier.matches):
        return False
    if earlier.equals is not None and not _within(_folded(later.equals), _folded(earlier.equals)):
        return False
    if earlier.starts_with is None:
        return True
    starts = tuple(_folded(earlier.starts_with))
    begun = [*_folded(later.starts_with), *(() if later.starts_with else _folded(later.equals))]
    return bool(begun) and all(text.startswith(starts) for text in begun)


def _within(later: object, earlier: Sequence[object]) -> bool:
    return isinstance(later, tuple | list) and bool(later) and set(later) <= set(earlier)


def _folded(texts: Sequence[str] | None) -> list[str]:
    return [text.casefold() for text in texts or ()]


def _speaks(asked: str, spoken: str) -> bool:
    want, have = asked.replace("_", "-").lower(), spoken.replace("_", "-").lower()
    return have == want or have.startswith(f"{want}-")
