"""
The decoder of server-sent events, for bytes in whatever pieces the network delivers.

Rules: only LF ends a line (a CR before it is dropped), because U+2028 and its kin are text inside JSON; nothing is
decoded before its line is whole; lines that belong to no event are kept in `EventDecoder.unparsed_lines`, as they may be an error.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from dataclasses import dataclass
from typing import Final

from bridge.sdk.errors import Garbled

MAX_EVENT: Final = 1 << 20
"""Bytes of one event; the longest answers known are a tenth of it."""

_MAX_UNPARSED: Final = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event, as the server named it."""

    event: str
    data: str
    id: str | None = None


class EventDecoder:
    """Decodes one stream."""

    def __init__(self) -> None:
        self.unparsed_lines: list[str] = []  #: lines that belong to no event
        self._pieces: list[bytes] = []  # of a line whose end has not come yet
        self._event: str | None = None
        self._data: list[str] = []
        self._id: str | None = None
        self._held = 0  # bytes of the event at hand,
        self._partial = 0  # and of the line
        self._unparsed_size = 0

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that *chunk* completes."""
        lines = chunk.split(b"\n")
        rest = lines.pop()
        events: list[ServerEvent] = []
        if lines and self._pieces:
            lines[0] = b"".join((*self._pieces, lines[0]))
            self._pieces.clear()
            self._partial = 0
        for line in lines:
            self._line(line, events)
        if rest:
            self._pieces.append(rest)
            self._partial += len(rest)
            self._check_size()
        return events

    def close(self) -> list[ServerEvent]:
        """The events left when the stream has ended, with or without a last newline."""
        events = self.feed(b"\n")
        self._dispatch(events)
        return events

    def _line(self, line: bytes, events: list[ServerEvent]) -> None:
        if line.endswith(b"\r"):
            line = line[:-1]
        if not line:
            self._dispatch(events)
        elif line.startswith(b"data:"):
            self._held += len(line)
            self._check_size()
            self._data.append(line[6 if line[5:6] == b" " else 5 :].decode(errors="replace"))
        elif not line.startswith(b":"):
            self._field(line.decode(errors="replace"), events)

    def _field(self, line: str, events: list[ServerEvent]) -> None:
        name, _, value = line.partition(":")
        match name:
            case "event":
                if self._event is not None and self._data:  # the blank line between them got lost
                    self._dispatch(events)
                self._event = value.strip()
            case "id":
                self._id = value.strip()
            case "data":  # without a colon: an empty line of data
                self._data.append(value)
            case "retry":
                pass
            case _:
                self._keep_unparsed(line)

    def _dispatch(self, events: list[ServerEvent]) -> None:
        if self._event is not None or self._data:
            data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
            events.append(ServerEvent(event=self._event or "message", data=data, id=self._id))
            self._event = None
            self._data.clear()
        self._held = 0

    def _keep_unparsed(self, line: str) -> None:
        self._unparsed_size += len(line)
        if self._unparsed_size <= _MAX_UNPARSED:
            self.unparsed_lines.append(line)

    def _check_size(self) -> None:
        if self._held + self._partial > MAX_EVENT:
            raise Garbled(f"expected events of at most {MAX_EVENT} bytes, got a longer one")
