"""Whatever Slack sends: it is a message that can be claimed, or nothing, or one of the failures that put it aside."""

import json
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.api import SlackIdentity
from adapters.slack.normalise import normalise
from bridge.sdk.errors import Garbled
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.model import Inbound
from bridge.sdk.unreadable import reading
from tests.fuzz.laws import can_be_claimed
from tests.fuzz.slack_events import events, payloads, spoilt_payload
from tests.fuzz.work import counting

ME = SlackIdentity(team="T1", user="UBOT", bot="BBOT", scopes=frozenset())


def read(payload: Any) -> Inbound | None:
    return normalise(payload, adapter="acme", me=ME, people={})


def spoilt(random: Random) -> str:
    return json.dumps(spoilt_payload(random, ME.team, ME.user, "U1").body)


@given(random=st.randoms(use_true_random=False))
def test_a_spoilt_payload_is_a_message_that_can_be_claimed_or_put_aside(random: Random):
    payload = decode_json(spoilt(random))
    message = None
    with suppress(Garbled), reading("event"):
        message = read(payload)

    if message is not None:
        can_be_claimed(message)


@pytest.mark.parametrize("thread", [["1700000000.000100"], {"ts": 1}, 1700000000.0001, True])
def test_the_thread_below_our_message_is_known_whatever_its_type(thread: Any):
    """It is asked for when the question is completed, where a missing one was a bug of each try."""
    below = events(ME.team, ME.user, "U1")[3] | {"thread_ts": thread, "channel": "D1", "channel_type": "im"}
    message = read({"type": "event_callback", "team_id": ME.team, "event_id": "Ev1", "event": below})

    assert message is not None
    assert message.quote is not None
    assert str(thread) == message.reply_context["thread_ts"]
    can_be_claimed(message)


@pytest.mark.parametrize("thread", ["", 0, False, [], {}])
def test_a_bare_mention_in_no_thread_asks_for_none(thread: Any):
    bare = events(ME.team, ME.user, "U1")[1] | {"text": f"<@{ME.user}>", "thread_ts": thread}
    message = read({"type": "event_callback", "team_id": ME.team, "event_id": "Ev1", "event": bare})

    assert message is not None
    assert "asks" not in message.reply_context


@given(random=st.randoms(use_true_random=False))
def test_the_work_grows_with_the_length_alone(random: Random):
    text = spoilt(random)
    with counting() as work, suppress(Garbled), reading("event"):
        read(decode_json(text))

    assert work.calls < 5_000 + 5 * len(text)


@pytest.mark.parametrize("attached", ["x" * 20_000, ["x"] * 10_000, {"x": "x" * 20_000}, 7, [[[{}]]] * 5_000])
def test_what_is_no_attachment_costs_no_more_than_its_length(attached: Any):
    said = events(ME.team, ME.user, "U1")[2] | {"attachments": attached}
    payload = {"type": "event_callback", "team_id": ME.team, "event_id": "Ev1", "event": said}
    with counting() as work, suppress(Garbled), reading("event"):
        read(payload)

    assert work.calls < 5_000 + 5 * len(json.dumps(payload))


def test_each_payload_is_read_as_long_as_nobody_spoils_it():
    """Else a law that only ever saw refusals would hold of anything."""
    found = [read(payload.body) for payload in payloads(ME.team, ME.user, "U1")]

    assert sum(message is not None for message in found) > len(found) // 2
