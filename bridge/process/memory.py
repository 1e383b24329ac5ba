"""Settings of the garbage collector: objects of the start-up are not looked at again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_postponed() -> Iterator[None]:
    """
    Collect no garbage until `freeze_gc`, or the end of the block.

    Importing modules makes hundreds of thousands of objects that stay; collections among them took an eighth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def freeze_gc() -> None:
    """
    Exempt all present objects from garbage collection, as they stay for good, and collect more rarely.

    A full collection took a tenth of a second now and then, for which answers had to wait. Answers make thousands of objects and
    nearly no cycles: a collection at every 20,000 objects found next to nothing in three hundred answers at once, and took a
    twentieth of their CPU.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    gc.enable()
