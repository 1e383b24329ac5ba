"""What all the answers of one bot share is bounded."""

from adapters.telegram.api import TelegramApi
from adapters.telegram.pace import THROTTLE_WINDOW, ChatCall, Pace
from adapters.telegram.shared import DRAFTLESS_MOST, TelegramSharedState
from bridge.sdk.pacing import Pacer


def test_of_chats_that_take_no_drafts_the_last_are_remembered():
    shared = TelegramSharedState(adapter="helpdesk", api=TelegramApi.__new__(TelegramApi))
    for chat in range(DRAFTLESS_MOST + 2):
        shared.refuse_drafts(str(chat))

    assert [True, True, False, False] == [
        shared.rhythm(str(chat), private=True)[1] for chat in (0, 1, 2, DRAFTLESS_MOST + 1)
    ]


def test_of_chats_that_were_told_to_wait_those_of_the_last_moments_are_remembered():
    pace = Pace(_pacer=Pacer(keep=100))
    for number in range(1000):
        pace.limited(number * THROTTLE_WINDOW / 4, ChatCall(chat=str(number)), 1.0)

    assert len(pace._limited_at) <= 5
