"""The part of a growing message that people may see already."""

from collections.abc import Callable

from bridge.coze.thinking import ThinkingFilter


class Growing:
    """Takes deltas and gives visible text; all of it is held back as long as *is_held* says so of the text so far."""

    def __init__(self, is_held: Callable[[str], bool]) -> None:
        self.seen = False  #: whether any text of it was visible
        self._is_held = is_held
        self._held: str | None = ""
        self._thinking = ThinkingFilter()

    def feed(self, delta: str) -> str:
        """What *delta* adds to what people may see."""
        if self._held is not None:
            self._held += delta
            if self._is_held(self._held):
                return ""
            delta, self._held = self._held, None
        visible = self._thinking.feed(delta)
        self.seen = self.seen or bool(visible)
        return visible
