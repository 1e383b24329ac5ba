"""Whatever Coze sends: it is understood, or it is one of our errors; nothing else, and in a time that its length bounds."""

import json
import re
from contextlib import suppress
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.coze.envelope import read
from bridge.coze.events import ChatParser
from bridge.coze.messages import chronological, find_chat_ref, read_chat, read_message
from bridge.coze.runs import RunParser
from bridge.coze.sse import EventDecoder, ServerEvent
from bridge.reply.draft import Draft
from bridge.sdk.asking import Sought
from bridge.sdk.errors import BridgeError
from tests.fuzz.coze_streams import CHAT_EVENTS, ENVELOPES, RUN_EVENTS, as_stream, spoilt_bytes, spoilt_events
from tests.fuzz.mutations import mutated
from tests.fuzz.work import counting

randoms = st.randoms(use_true_random=False)


def heard(parser: ChatParser | RunParser, data: bytes) -> Draft:
    """What a person would be shown of the stream in *data*."""
    draft, decoder = Draft(), EventDecoder()
    with suppress(BridgeError):
        for event in (*decoder.feed(data), *decoder.close()):
            for said in parser.feed(event):
                draft.apply(said)
        parser.raise_for_json_error(decoder.unparsed_lines)
        draft.apply(parser.close())
    return draft


def lone(text: str) -> bool:
    """Whether there is half a character in *text*, or a NUL."""
    return bool(re.search("[\x00\ud800-\udfff]", text))


@given(random=randoms)
def test_a_chat_is_told_or_fails_with_an_error_of_ours(random: Random):
    heard(ChatParser(), spoilt_bytes(random, as_stream(spoilt_events(random, CHAT_EVENTS))))


@given(random=randoms)
def test_a_run_is_told_or_fails_with_an_error_of_ours(random: Random):
    heard(RunParser(), spoilt_bytes(random, as_stream(spoilt_events(random, RUN_EVENTS))))


@pytest.mark.parametrize("parser", [ChatParser, RunParser])
@given(data=st.binary(max_size=2000))
@example(data=b"event: error\ndata: " + b"[" * 100_000)
@example(data=b'event: Message\ndata: {"content": ' + b"[" * 100_000)
@example(data=b"[" * 60_000)
@example(data=b'event: Done\ndata: {"debug_url": "https://[x?execute_id=1"}\n\n')
@example(data=b'{"code": ' + b"9" * 5000 + b"}")
def test_bytes_are_no_danger(parser, data):
    heard(parser(), data)


@given(random=randoms)
def test_what_is_shown_has_no_half_characters(random: Random):
    draft = heard(ChatParser(), as_stream(spoilt_events(random, CHAT_EVENTS)).encode())

    assert not any(lone(text) for text in (draft.text, *draft.follow_ups))


@given(random=randoms)
def test_the_work_grows_with_the_length_alone(random: Random):
    data = as_stream(spoilt_events(random, CHAT_EVENTS)).encode("utf-8", "surrogatepass")
    with counting() as work:
        heard(ChatParser(), data)

    assert work.calls < 20_000 + len(data)


@given(random=randoms)
def test_an_envelope_is_read_whatever_is_in_it(random: Random):
    content = mutated(random, random.choice(ENVELOPES))
    body = spoilt_bytes(random, json.dumps(content))
    envelope = read(random.choice((200, 204, 400, 500)), {"retry-after": random.choice(("", "1", "x", "-1"))}, body)

    assert envelope.failure is None or isinstance(envelope.failure, BridgeError)
    read_chat(envelope.data)
    messages = envelope.data if isinstance(envelope.data, list) else [envelope.data]
    find_chat_ref(chronological(map(read_message, messages)), Sought(key="turn-1", conversation_id="22"))


@pytest.mark.parametrize("header", ["nan", "inf", "-inf", "1e999", "-5"])
def test_a_pause_that_is_none_is_not_waited_for(header):
    pause = read(429, {"retry-after": header}, b'{"code": 4013, "msg": "busy"}').retry_after

    assert pause is None or 0 <= pause < float("inf")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"\x00", b"1" * 5_000, b"null"])
def test_a_body_that_is_no_envelope_is_none(body):
    assert isinstance(read(200, {}, body).failure, BridgeError)


@given(random=randoms)
def test_an_event_on_its_own_is_no_danger(random: Random):
    for name, data in spoilt_events(random, (*CHAT_EVENTS, *RUN_EVENTS)):
        for parser in (ChatParser(), RunParser()):
            with suppress(BridgeError):
                parser.feed(ServerEvent(event=name, data=json.dumps(data)))
