"""Whatever Telegram brings: it is a message that can be claimed, or nothing, or one of the failures that put it aside."""

import json
from contextlib import suppress
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.api import TelegramApi, TelegramIdentity
from adapters.telegram.normalise import normalise
from adapters.telegram.shared import TelegramSharedState
from adapters.telegram.sink import TelegramSink
from bridge.sdk.errors import Garbled
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.unreadable import reading
from tests.fuzz.laws import can_be_claimed
from tests.fuzz.telegram_updates import spoilt_update, updates
from tests.fuzz.work import counting

ME = TelegramIdentity(id=123456, username="TestBot")
SHARED = TelegramSharedState(adapter="helpdesk", api=TelegramApi.__new__(TelegramApi))
BOT = {"id": ME.id, "is_bot": True, "first_name": "Test", "username": ME.username}


@given(random=st.randoms(use_true_random=False))
def test_a_spoilt_update_is_a_message_that_can_be_claimed_or_put_aside(random: Random):
    update = decode_json(json.dumps(spoilt_update(random, BOT)))
    message = None
    with suppress(Garbled), reading("update"):
        message = normalise(update | {"update_id": 7}, adapter="helpdesk", me=ME)

    if message is not None:
        can_be_claimed(message)
        TelegramSink(SHARED, message)  # and there is somewhere to answer it


@given(random=st.randoms(use_true_random=False))
def test_the_work_grows_with_the_length_alone(random: Random):
    text = json.dumps(spoilt_update(random, BOT))
    with counting() as work, suppress(Garbled), reading("update"):
        normalise(decode_json(text), adapter="helpdesk", me=ME)

    assert work.calls < 5_000 + 5 * len(text)


def test_each_update_is_read_as_long_as_nobody_spoils_it():
    """Else a law that only ever saw refusals would hold of anything."""
    read = [normalise(update | {"update_id": 7}, adapter="helpdesk", me=ME) for update in updates(BOT)]

    assert sum(message is not None for message in read) > len(read) // 2
