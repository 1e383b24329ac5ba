"""The process's memory: what start-up loads is left alone by the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_postponed() -> Iterator[None]:
    """
    Collect no garbage until `freeze_gc`, or the end.

    Modules make hundreds of thousands of objects that stay, and hardly any that do not: to look them through again and
    again took an eighth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def freeze_gc() -> None:
    """
    Keep the garbage collector off what is there by now: it stays for good.

    Looking it all through took a tenth of a second now and then, which somebody's answer had to wait for. Answers make
    thousands of objects and nearly no cycles, so it need not look often at those either: a look at every 20,000 objects
    found next to nothing in a crowd of three hundred answers, and took a twentieth of their CPU.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    gc.enable()
