"""A cache by id, bounded in number and age."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Remembered(Mapping[str, T]):
    """Values by id; holds *most* of them, dropping the oldest, and each for *seconds* by *clock*."""

    def __init__(self, *, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, tuple[T, float]] = OrderedDict()

    def __getitem__(self, key: str) -> T:
        value, until = self._known[key]
        if until <= self._clock():
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: T) -> None:
        self._known[key] = value, self._clock() + self._seconds
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def pop(self, key: str) -> None:
        """Forget the value, if it is known."""
        self._known.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return (key for key in list(self._known) if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
