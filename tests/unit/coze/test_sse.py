"""The decoder of server-sent events: it does not matter where the network cuts."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.coze.sse import MAX_EVENT, EventDecoder, ServerEvent
from bridge.sdk.errors import Garbled

# What may stand in data: anything but line ends; the separators on which others trip are likely.
DATA = st.text(
    st.sampled_from("ab {}:\u2028\u2029\x85\x0b😀语") | st.characters(exclude_characters="\r\n", codec="utf-8")
)
FIELDS = st.sampled_from(["event:a", "event: b", "id: 7", "retry: 3000", ":", ": ping", "data", "", "what is this"])
LINES = st.lists(FIELDS | DATA.map("data:{}".format) | DATA.map("data: {}".format))


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """A stream as some server might write it, perhaps without its last newline."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join([*draw(LINES), draw(st.sampled_from(["", "data:last"]))]).encode()


def decoded(*chunks: bytes) -> tuple[list[ServerEvent], list[str]]:
    decoder = EventDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.close(), decoder.unparsed_lines


def event(name: str, data: str, number: str | None = None) -> ServerEvent:
    return ServerEvent(event=name, data=data, id=number)


cut_anywhere = given(stream=streams(), cuts=st.lists(st.integers(0, 400)))


def is_the_same(stream, cuts):
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]

    assert decoded(stream) == decoded(*(stream[a:b] for a, b in pairwise(edges)))


@settings(deadline=None)
@cut_anywhere
def test_it_does_not_matter_where_the_network_cuts(stream, cuts):
    is_the_same(stream, cuts)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(deadline=None, max_examples=400_000)  # some ten minutes
@cut_anywhere
def test_nor_in_ten_minutes_of_cutting(stream, cuts):
    is_the_same(stream, cuts)


@settings(deadline=None)
@given(stream=streams())
def test_a_stream_may_come_byte_by_byte(stream):
    assert decoded(stream) == decoded(*(stream[i : i + 1] for i in range(len(stream))))


@settings(deadline=None)
@given(sent=st.lists(st.tuples(st.sampled_from(["a", "done"]), DATA.filter(lambda text: not text.startswith(" ")))))
def test_what_was_sent_is_what_is_heard(sent):
    stream = "".join(f"event:{name}\ndata:{data}\n\n" for name, data in sent)

    assert [event(name, data) for name, data in sent] == decoded(stream.encode())[0]


@settings(deadline=None)
@given(stream=st.binary(max_size=300))
def test_no_bytes_at_all_break_it(stream):
    decoded(stream)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"event:a\ndata:1\n\n", [event("a", "1")]),
        (b"event: a\ndata: 1\n\n", [event("a", "1")]),
        (b"event:a\r\ndata:1\r\n\r\n", [event("a", "1")]),
        (b":keep-alive\n\nevent:a\n:ping\ndata:1\n\n", [event("a", "1")]),
        (b"id: 4\nevent: a\nretry: 9\ndata: 1\n\n", [event("a", "1", "4")]),
        (b"event:a\ndata:1\ndata:2\n\n", [event("a", "1\n2")]),
        (b"data:1\n\n", [event("message", "1")]),
        (b"event:a\ndata:1", [event("a", "1")]),
        (b"event:a\ndata:1\nevent:b\ndata:2\n\n", [event("a", "1"), event("b", "2")]),
        (b"event:conversation.stream.done\ndata:\n\n", [event("conversation.stream.done", "")]),
        (b"event:conversation.stream.done\n\n", [event("conversation.stream.done", "")]),
        (b"\n\n\n", []),
        ("event:a\ndata:x\u2028y\u0085z\n\n".encode(), [event("a", "x\u2028y\u0085z")]),
    ],
)
def test_every_dialect_is_understood(stream, events):
    assert events == decoded(stream)[0]


def test_a_body_that_is_no_stream_is_kept_for_whoever_reads_errors():
    assert ([], ['{"code":4100,', '"msg":"no"}']) == decoded(b'{"code":4100,\n"msg":"no"}')


@pytest.mark.parametrize("line", [b"x", b"data:x\n"], ids=["one line", "many lines"])
def test_an_event_without_an_end_is_refused_before_it_fills_the_memory(line):
    decoder = EventDecoder()
    flood = line * (MAX_EVENT // 4)
    for _ in range(3):
        decoder.feed(flood[: MAX_EVENT // 4])

    with pytest.raises(Garbled):
        decoder.feed(flood + line)


def test_many_long_events_are_no_long_event():
    decoder = EventDecoder()
    whole = b"data:" + b"x" * (MAX_EVENT - 10) + b"\n\n"

    assert [1, 1, 1] == [len(decoder.feed(whole)) for _ in range(3)]
    assert [0, 1, 0, 1] == [
        len(decoder.feed(part)) for _ in range(2) for part in (whole[: MAX_EVENT // 2], whole[MAX_EVENT // 2 :])
    ]
