"""What all the answers of one bot share is bounded."""

from adapters.telegram.api import TelegramApi
from adapters.telegram.drafts import REMEMBERED, DraftTurns
from adapters.telegram.pace import THROTTLE_WINDOW, ChatCall, Pace
from adapters.telegram.shared import DRAFTLESS_MOST, TelegramSharedState
from adapters.telegram.silenced import SILENCED_MOST, Silenced
from bridge.sdk.pacing import Pacer


def test_of_chats_that_take_no_drafts_the_last_are_remembered():
    shared = TelegramSharedState(adapter="helpdesk", api=TelegramApi.__new__(TelegramApi))
    for chat in range(DRAFTLESS_MOST + 2):
        shared.refuse_drafts(str(chat))

    assert [True, True, False, False] == [
        shared.rhythm(str(chat), private=True).by_drafts for chat in (0, 1, 2, DRAFTLESS_MOST + 1)
    ]


def test_of_chats_that_were_told_to_wait_those_of_the_last_moments_are_remembered():
    pace = Pace(_pacer=Pacer(keep=100))
    for number in range(1000):
        pace.limited(number * THROTTLE_WINDOW / 4, ChatCall(chat=str(number)), 1.0)

    assert len(pace._limited_at) <= 5


def test_of_groups_where_it_may_not_speak_the_last_are_remembered():
    silenced = Silenced()
    for chat in range(SILENCED_MOST + 2):
        silenced.add(str(chat))

    assert [str(chat) for chat in range(2, SILENCED_MOST + 2)] == list(silenced._chats)


def test_of_drafts_that_can_be_stopped_the_last_are_remembered():
    turns = DraftTurns()
    for draft in range(REMEMBERED + 2):
        turns.remember("7", draft, f"turn-{draft}")
    presses = [
        {"update_id": 1, "stopped_message_generation": {"chat": {"id": 7}, "draft_id": draft}}
        for draft in (0, 1, 2, REMEMBERED + 1)
    ]

    assert [False, False, True, True] == [
        turns.stopped(press, adapter="helpdesk", bot=1) is not None for press in presses
    ]
