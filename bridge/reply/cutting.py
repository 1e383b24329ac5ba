"""Cuts an answer into the messages of its place; as the answer grows, only what is new is cut."""

from collections.abc import Callable

from bridge.sdk.answers import Part
from bridge.sdk.asking import Step
from bridge.sdk.ledger import Ledger
from bridge.sdk.model import Ref
from bridge.sdk.ports import Surface
from bridge.sdk.splitting import Piece, cuts, end_last, messages


class PartCutter:
    """The cuts of one answer so far."""

    def __init__(self, key: str, ledger: Ledger, steps: Callable[[], tuple[Step, ...]]) -> None:
        self._key = key
        self._steps = steps  # gives the steps of the workflow that gives the answer
        self._ledger = ledger
        self._text, self._pieces = "", list[Piece]()  # what was cut last

    def cut_parts(self, text: str, surface: Surface, *, growing: bool) -> list[Part]:
        """The messages that *text* makes in the place of that *surface*; *growing*: more may follow."""
        if text != self._text:
            known = self._pieces if text.startswith(self._text) else ()
            self._text, self._pieces = text, cuts(text, surface.limit, surface.measure, known=known)
        pieces = messages(text, self._pieces, growing=growing)
        if growing and surface.closed is not None and self._is_shown_by(surface.closed, len(pieces) - 1):
            self._pieces = end_last(text, self._pieces, surface.limit, surface.measure)
            pieces = messages(text, self._pieces, growing=True)
        last, steps = len(pieces) - 1, self._steps()
        return [
            Part(index=index, text=piece, key=self.part_key(index), last=index == last, steps=steps)
            for index, piece in enumerate(pieces)
        ]

    def part_key(self, index: int) -> str:
        """The key of the part of that *index*, the same after a restart."""
        return f"{self._key}.{index}"

    def _is_shown_by(self, ref: Ref, index: int) -> bool:
        shown = self._ledger.shown(index)
        return shown is not None and shown.ref == ref
