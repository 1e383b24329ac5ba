"""
Opus packets made an Ogg file, which players and messengers take.

https://www.rfc-editor.org/rfc/rfc3533#section-6 says what a page is, https://www.rfc-editor.org/rfc/rfc7845 how Opus lies in
it, and https://www.rfc-editor.org/rfc/rfc6716#section-3.1 how long a packet sounds.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

_SAMPLES: Final = 48  # a millisecond, whatever was recorded
_SPEECH: Final = (10.0, 20.0, 40.0, 60.0)
_MUSIC: Final = (2.5, 5.0, 10.0, 20.0)
_FRAME_MS: Final = (*_SPEECH * 3, *_SPEECH[:2] * 2, *_MUSIC * 4)  # by the configuration that a packet names
_LONGEST_MS: Final = 120.0
_PACKETS: Final = 40  # of one page
_LARGEST: Final = 6 * 255  # bytes of a packet, so that a page's table of 255 lengths holds so many
_BEGINS, _ENDS = 2, 4
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def ogg_opus(packets: Sequence[bytes]) -> bytes | None:
    """An Ogg file of these *packets*, of one channel; None if they are no Opus."""
    lengths = [_milliseconds(packet) for packet in packets]
    if not all(lengths):
        return None
    ends = [int(end * _SAMPLES) for end in accumulate(lengths)]
    pages = [*_headers(), *_sounds(packets, ends)]
    last = len(pages) - 1
    return b"".join(
        _page(number, page, end, (_BEGINS if number == 0 else 0) | (_ENDS if number == last else 0))
        for number, (page, end) in enumerate(pages)
    )


def _milliseconds(packet: bytes) -> float:
    """How long it sounds; 0 of what is no packet."""
    if not 0 < len(packet) <= _LARGEST:
        return 0
    frames = (1, 2, 2, int.from_bytes(packet[1:2]) & 63)[packet[0] & 3]
    total = frames * _FRAME_MS[packet[0] >> 3]
    return total if total <= _LONGEST_MS else 0


def _headers() -> Iterator[tuple[Sequence[bytes], int]]:
    yield (b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 1000 * _SAMPLES, 0, 0),), 0
    yield (b"OpusTags" + struct.pack("<II", 0, 0),), 0


def _sounds(packets: Sequence[bytes], ends: Sequence[int]) -> Iterator[tuple[Sequence[bytes], int]]:
    """The packets of each page, and the sample at which it ends."""
    for first in range(0, len(packets), _PACKETS):
        page = packets[first : first + _PACKETS]
        yield page, ends[first + len(page) - 1]


def _page(number: int, packets: Sequence[bytes], end: int, flags: int) -> bytes:
    table = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = b"OggS" + struct.pack("<BBqIIIB", 0, flags, end, 1, number, 0, len(table))
    page = head + table + b"".join(packets)
    return page[:22] + _checksum(page).to_bytes(4, "little") + page[26:]


def _checksum(page: bytes) -> int:
    """Ogg's CRC: zlib's polynomial with all bits mirrored, from 0."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
