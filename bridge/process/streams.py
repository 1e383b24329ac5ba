"""Standard input, output and error, also where whoever started us has closed some of them."""

import os
import sys
from typing import Final

_STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""By their descriptors: 0, 1 and 2."""


def open_closed_streams() -> None:
    """
    Let each standard stream that is closed lead nowhere.

    A socket would get its descriptor otherwise, which libuv aborts at, and Python has None for it, which cannot be read or written.
    """
    while (opened := os.open(os.devnull, os.O_RDWR)) < len(_STREAMS):
        pass
    os.close(opened)
    for descriptor, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as we live
