"""Each way in which Telegram fails us, and what the bridge makes of it."""

import pytest

from adapters.telegram.errors import (
    BadButtons,
    BadMessage,
    ChatMoved,
    DraftsRefused,
    MethodMissing,
    PollingConflict,
    ReplyGone,
    RightsMissing,
    TextTooLong,
    ThreadGone,
    Unchanged,
    translate_error,
)
from adapters.telegram.transport import AiohttpRequest, Cut, ErrorResponse, NotSent
from bridge.sdk.errors import (
    ChatGone,
    FileTooBig,
    Garbled,
    MessageGone,
    RateLimited,
    Refused,
    Unauthorised,
    Uncertain,
    Unreachable,
)


def answered(status, description="", **parameters):
    return ErrorResponse(status, description, parameters)


@pytest.mark.parametrize(
    ("failure", "once", "again"),
    [
        (NotSent("no route"), Unreachable, Unreachable),
        (Cut("reset"), Uncertain, Unreachable),
        (answered(500), Uncertain, Unreachable),
        (answered(502, "<html>"), Uncertain, Unreachable),
        (answered(302), Garbled, Garbled),
        (answered(401, "Unauthorized"), Unauthorised, Unauthorised),
        (answered(404, "Not Found"), Unauthorised, Unauthorised),
        (answered(403, "Forbidden: bot was kicked from the group chat"), ChatGone, ChatGone),
        (answered(409, "Conflict: terminated by other getUpdates request"), PollingConflict, PollingConflict),
        (answered(413), Refused, Refused),
        (answered(429, "Too Many Requests: retry after 7", retry_after=7), RateLimited, RateLimited),
        (answered(429), RateLimited, RateLimited),
    ],
)
def test_only_what_may_have_been_done_is_uncertain_and_only_if_twice_would_be_wrong(failure, once, again):
    assert once is type(translate_error(failure, repeatable=False, known=True))
    assert again is type(translate_error(failure, repeatable=True, known=True))


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Bad Request: message is not modified: specified new message content and ...", Unchanged),
        ("Bad Request: message to edit not found", MessageGone),
        ("Bad Request: MESSAGE_ID_INVALID", MessageGone),
        ("Bad Request: message can't be edited", MessageGone),
        ("Bad Request: MESSAGE_TOO_LONG", TextTooLong),
        ("Bad Request: message is too long", TextTooLong),
        ("Bad Request: text is too long", TextTooLong),
        ("Bad Request: ENTITIES_TOO_LONG", BadMessage),
        ("Bad Request: reply markup is too long", BadButtons),
        ("Bad Request: BUTTON_DATA_INVALID", BadButtons),
        ("Bad Request: message to be replied not found", ReplyGone),
        ("Bad Request: TEXTDRAFT_PEER_INVALID", DraftsRefused),
        ("Bad Request: message thread not found", ThreadGone),
        ("Bad Request: TOPIC_CLOSED", ThreadGone),
        ("Bad Request: chat not found", ChatGone),
        ("Bad Request: not enough rights to send text messages to the chat", RightsMissing),
        ("Bad Request: not enough rights to send photos to the chat", BadMessage),
        ("Bad Request: not enough rights to send documents to the chat", BadMessage),
        ("Bad Request: CHAT_GUEST_SEND_FORBIDDEN", RightsMissing),
        ("Bad Request: USER_DEACTIVATED", ChatGone),
        ("Bad Request: SLOWMODE_WAIT_30", RateLimited),
        ("Bad Request: FLOOD_WAIT_7", RateLimited),
        ("Bad Request: file is too big", FileTooBig),
        ("Bad Request: message to delete not found", MessageGone),
        ("Bad Request: group chat was upgraded to a supergroup chat", ChatMoved),
        ("Bad Request: can't parse entities: whatever", BadMessage),
        ("Bad Request: something nobody has seen yet", BadMessage),
    ],
)
def test_a_400_is_known_by_its_words(description, expected):
    assert expected is type(translate_error(answered(400, description), repeatable=True, known=True))


def test_a_method_that_some_servers_lack_is_missed_without_blaming_the_token():
    assert MethodMissing is type(translate_error(answered(404, "Not Found"), repeatable=True, known=False))


@pytest.mark.parametrize(
    ("description", "told", "seconds"),
    [
        ("Too Many Requests: retry after 7", 7, 7.0),
        ("Too Many Requests: retry after 7", "8", 8.0),
        ("Too Many Requests: Retry after 9", None, 9.0),
        ("Too Many Requests", {"seconds": 7}, None),
        ("请求过多", "soon", None),
        ("请求过多", float("inf"), None),
    ],
)
def test_a_wait_is_read_however_the_server_writes_it(description, told, seconds):
    limit = translate_error(answered(429, description, retry_after=told), repeatable=False, known=True)

    assert seconds == limit.retry_after


@pytest.mark.parametrize("parameters", [{"migrate_to_chat_id": "-1005"}, {"migrate_to_chat_id": -1005}])
def test_a_groups_new_id_is_read_as_well(parameters):
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    moved = translate_error(answered(400, description, **parameters), repeatable=False, known=True)

    assert "-1005" == moved.new_chat


@pytest.mark.parametrize("said", ["nowhere", None, [], {}, True, "1e400", 1.5])
def test_an_id_that_is_none_is_none(said):
    assert answered(400, "upgraded", migrate_to_chat_id=said).migrate_to_chat_id is None


def test_how_long_to_wait_is_kept():
    assert 7 == translate_error(answered(429, retry_after=7), repeatable=True, known=True).retry_after
    assert 30 == translate_error(answered(400, "SLOWMODE_WAIT_30"), repeatable=True, known=True).retry_after


def test_what_telegram_quotes_stays_out_of_the_log():
    error = translate_error(
        answered(400, "Bad Request: Entity URL 'my secret' is invalid: Wrong"), repeatable=True, known=True
    )

    assert "secret" not in error.detail


@pytest.mark.parametrize("parameters", [b"[1]", b'"x"', b"null", b"7"])
def test_a_refusal_with_odd_parameters_is_a_refusal(parameters):
    envelope = b'{"ok": false, "error_code": 429, "description": "retry after 5", "parameters": %s}' % parameters
    with pytest.raises(ErrorResponse) as refusal:
        AiohttpRequest.parse_json_payload(envelope)

    assert 5 == translate_error(refusal.value, repeatable=True, known=True).retry_after
