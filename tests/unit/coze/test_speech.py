"""A spoken answer: its pieces made a file that can be played, or none where what came is not all of it, or no sound."""

import base64
import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.coze.ogg import ogg_opus
from bridge.coze.speech import Speech
from bridge.sdk.media import LARGEST

TEN_MS = 0b11110_0_00  # what a packet begins with that sounds for ten milliseconds, in one frame
FORM = "<4sBBqIIIB"
HEADERS = 2


def said(*pieces: bytes) -> Speech:
    speech = Speech()
    for piece in pieces:
        speech.add(base64.b64encode(piece).decode())
    return speech


def pages(ogg: bytes) -> list[tuple[int, int, list[bytes]]]:
    """The flags, the last sample and the packets of each page; the checksum of each is right."""
    found: list[tuple[int, int, list[bytes]]] = []
    while ogg:
        mark, version, flags, end, serial, number, checksum, lengths = struct.unpack_from(FORM, ogg)
        body = struct.calcsize(FORM) + lengths
        table = ogg[struct.calcsize(FORM) : body]
        page, ogg = ogg[: body + sum(table)], ogg[body + sum(table) :]

        assert (b"OggS", 0, 1, len(found)) == (mark, version, serial, number)
        assert crc(page[:22] + bytes(4) + page[26:]) == checksum
        found.append((flags, end, packets(table, page[body:])))
    return found


def packets(table: bytes, body: bytes) -> list[bytes]:
    whole, length = [], 0
    for part in table:
        length += part
        if part < 255:
            whole.append(body[:length])
            body, length = body[length:], 0
    return whole


def crc(page: bytes) -> int:
    """As RFC 3533 has it, bit by bit."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


@given(st.lists(st.binary(max_size=600), min_size=1, max_size=100))
def test_all_packets_are_in_the_file_in_order(bodies: list[bytes]) -> None:
    spoken = [bytes([TEN_MS]) + body for body in bodies]
    ogg = ogg_opus(spoken)
    assert ogg
    first, tags, *sounds = pages(ogg)

    assert (2, 0) == first[:2]
    assert b"OpusHead\x01\x01" == first[2][0][:10]
    assert b"OpusTags" == tags[2][0][:8]
    assert spoken == [packet for _, _, page in sounds for packet in page]
    assert 480 * len(spoken) == sounds[-1][1]
    assert [0] * (len(sounds) - 1) + [4] == [flags for flags, _, _ in sounds]


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (b"\xf0.", 480),
        (b"\xf0", 480),  # in which nobody says anything
        (b"\xf1..", 2 * 480),
        (b"\xf3\x05.", 5 * 480),
        (b"\x18.", 60 * 48),
        (b"\x68.", 20 * 48),
        (b"\x80.", 120),
        (b"\xf4.", 480),  # of two channels
    ],
)
def test_a_packet_tells_how_long_it_sounds(packet: bytes, samples: int) -> None:
    ogg = ogg_opus([packet])
    assert ogg

    assert samples == pages(ogg)[-1][1]


@pytest.mark.parametrize("odd", [b"", b"\xf3", b"\xf3\x00.", b"\xf3\x0d.", b"\x1b\x03.", b"\xf0" + bytes(1530)])
def test_what_is_no_packet_makes_no_file(odd: bytes) -> None:
    assert ogg_opus([b"\xf0.", odd]) is None


def test_samples_become_a_wave() -> None:
    file = said(b"\x01\x00\x02\x00", b"\x03\x00").as_file("audio/wav")
    assert file
    with wave.open(io.BytesIO(file.data)) as sound:
        assert (1, 2, 24_000) == (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
        assert b"\x01\x00\x02\x00\x03\x00" == sound.readframes(9)
    assert "answer.wav" == file.name


@pytest.mark.parametrize(("mime", "whole"), [("audio/ogg", b"OggS and so on"), ("audio/wav", b"RIFF and so on")])
def test_what_is_a_file_already_stays_as_it_is(mime: str, whole: bytes) -> None:
    file = said(whole[:4], b"", whole[4:]).as_file(mime)

    assert file
    assert whole == file.data


@pytest.mark.parametrize("mime", ["", "audio/mp4", "text/plain"])
def test_nobody_knows_what_follows_another_recording(mime: str) -> None:
    assert said(b"\xf0.").as_file(mime) is None


@pytest.mark.parametrize("broken", ["no Base64", "AAA", "\N{SNOWMAN}", None, 7, {}, []])
def test_a_broken_piece_spoils_all(broken: object) -> None:
    speech = said(b"\xf0.")
    speech.add(broken)

    assert speech.as_file("audio/ogg") is None


def test_silence_is_no_file() -> None:
    assert said().as_file("audio/ogg") is None
    assert said(b"", b"").as_file("audio/wav") is None


def test_what_becomes_too_large_is_no_file() -> None:
    assert said(*[bytes(LARGEST // 2)] * 3).as_file("audio/wav") is None
