"""Whatever Slack sends: it is a message that can be claimed, or nothing, or one of the failures that put it aside."""

import json
from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.api import SlackIdentity
from adapters.slack.normalise import normalise
from bridge.sdk.errors import Garbled
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.model import Inbound
from bridge.sdk.unreadable import reading
from tests.fuzz.laws import can_be_claimed
from tests.fuzz.slack_events import payloads, spoilt_payload
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


@given(random=st.randoms(use_true_random=False))
def test_the_work_grows_with_the_length_alone(random: Random):
    text = spoilt(random)
    with counting() as work, suppress(Garbled), reading("event"):
        read(decode_json(text))

    assert work.calls < 5_000 + 5 * len(text)


def test_each_payload_is_read_as_long_as_nobody_spoils_it():
    """Else a law that only ever saw refusals would hold of anything."""
    found = [read(payload.body) for payload in payloads(ME.team, ME.user, "U1")]

    assert sum(message is not None for message in found) > len(found) // 2
