"""The process's memory: what start-up has loaded is left alone by the garbage collector."""

import gc


def freeze_gc() -> None:
    """
    Keep the garbage collector off what start-up has loaded: it stays for good.

    Looking it all through took a tenth of a second now and then, which somebody's answer had to wait for. Answers make
    thousands of objects and nearly no cycles, so it need not look often at those either.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
