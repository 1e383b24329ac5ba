"""What a person gets to see of a chat's stream, and what becomes of every way it can fail."""

import json
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.coze.address import normalise_base_url
from bridge.coze.cards import card_text
from bridge.coze.envelope import read
from bridge.coze.error_codes import PATIENCE, REMEDIES, NotFound, failure, number
from bridge.coze.events import ChatParser
from bridge.coze.messages import Call, Chat, ChatStatus, find_chat_ref, read_chat, read_message
from bridge.coze.sse import EventDecoder, ServerEvent
from bridge.sdk.asking import (
    BotEvent,
    ChatFinished,
    ChatRef,
    ChatStarted,
    Delta,
    FollowUpSuggested,
    MessageCompleted,
    Sought,
)
from bridge.sdk.errors import (
    BridgeError,
    ChatFailed,
    ConversationLost,
    Garbled,
    Later,
    Never,
    Occupied,
    RateLimited,
    Refused,
    Unauthorised,
)
from bridge.sdk.i18n import MessageId

CHAT = {"id": "11", "conversation_id": "22", "status": "created"}
BEGUN = ChatStarted(conversation_id="22", chat_id="11")


def sent(name: str, data: object) -> ServerEvent:
    return ServerEvent(event=name, data=data if isinstance(data, str) else json.dumps(data))


def chat(status: str, **more: object) -> ServerEvent:
    return sent(f"conversation.chat.{status}", CHAT | {"status": status} | more)


def message(event: str, content: object, **more: object) -> ServerEvent:
    fields = {"id": "1", "chat_id": "11", "conversation_id": "22", "role": "assistant", "type": "answer"}
    return sent(f"conversation.message.{event}", fields | {"content": content, "content_type": "text"} | more)


def heard(*events: ServerEvent, parser: ChatParser | None = None) -> list[BotEvent]:
    parser = parser or ChatParser()
    return [said for event in events for said in parser.feed(event)]


def failed(*events: ServerEvent) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        heard(*events)
    return caught.value


CREATED = chat("created")
DONE = sent("done", '"[DONE]"')


class TestAnswers:
    def test_an_answer_grows_and_is_replaced_by_the_whole(self):
        parser = ChatParser()
        stream = [
            CREATED,
            chat("in_progress"),
            message("delta", "Hel"),
            message("delta", "lo"),
            message("completed", "Hello"),
        ]
        end = [chat("completed", usage={"token_count": 7}), DONE]

        assert [
            BEGUN,
            Delta(message_id="1", text="Hel"),
            Delta(message_id="1", text="lo"),
            MessageCompleted(message_id="1", text="Hello"),
        ] == heard(*stream, *end, parser=parser)
        assert (ChatStatus.COMPLETED, True) == (parser.verdict, parser.closed)
        assert ChatFinished(tokens=7) == parser.close()

    def test_several_answers_are_told_apart(self):
        assert [("1", "a"), ("2", "b"), ("1", "a"), ("2", "b")] == [
            (event.message_id, event.text)
            for event in heard(
                CREATED,
                message("delta", "a"),
                message("delta", "b", id="2"),
                message("completed", "a"),
                message("completed", "b", id="2"),
            )[1:]
        ]

    def test_an_answer_is_completed_once(self):
        """Studio sends the last answer again, whole."""
        assert [BEGUN, MessageCompleted(message_id="1", text="a")] == heard(
            CREATED, message("completed", "a"), message("completed", "a"), message("delta", "a")
        )

    def test_an_empty_whole_does_not_wipe_what_was_heard(self):
        assert [BEGUN, Delta(message_id="1", text="a")] == heard(
            CREATED, message("delta", "a"), message("completed", "")
        )

    @pytest.mark.parametrize(
        "hidden",
        ["function_call", "tool_output", "tool_response", "knowledge", "verbose", "question", "", "tomorrow's"],
    )
    @pytest.mark.parametrize("event", ["delta", "completed"])
    def test_only_answers_are_for_people(self, event, hidden):
        assert [BEGUN] == heard(CREATED, message(event, '{"msg_type":"generate_answer_finish"}', type=hidden))

    def test_thoughts_stay_inside(self):
        assert [BEGUN] == heard(CREATED, message("delta", "", reasoning_content="hm"), message("delta", None))

    def test_suggestions_are_no_part_of_the_answer(self):
        assert [BEGUN, FollowUpSuggested(text="And now?")] == heard(
            CREATED,
            message("completed", "And now?", type="follow_up"),
            message("completed", "And now?", type="follow_up"),
        )

    @pytest.mark.parametrize("first", [message("delta", "a"), message("completed", "a"), chat("in_progress")])
    def test_the_chat_begins_with_whatever_names_it_first(self, first):
        assert BEGUN == heard(first)[0]

    def test_ids_are_strings_whatever_the_server_thinks(self):
        begun, said = heard(message("completed", "a", id=7381473525342978089, chat_id=11, conversation_id=22))

        assert (BEGUN, "7381473525342978089") == (begun, said.message_id)

    def test_unknown_events_and_sound_are_let_go(self):
        assert [BEGUN] == heard(
            CREATED,
            sent("PING", '{"content":"{}"}'),
            sent("conversation.audio.delta", {"content": "UklGRg=="}),
            message("completed", "UklGRg==", content_type="audio"),
            sent("tomorrow", "not even JSON"),
        )

    @pytest.mark.parametrize("data", ["{", "[]", "null", ""])
    def test_an_event_that_cannot_be_read_is_the_servers_fault(self, data):
        assert isinstance(failed(sent("conversation.message.delta", data)), Garbled)


class TestTheEnd:
    @pytest.mark.parametrize(
        ("event", "verdict"),
        [
            ("completed", ChatStatus.COMPLETED),
            ("canceled", ChatStatus.CANCELLED),
            ("cancelled", ChatStatus.CANCELLED),
            ("requires_action", ChatStatus.WAITING),
            ("required_action", ChatStatus.WAITING),
        ],
    )
    def test_every_spelling_of_an_end_is_one(self, event, verdict):
        parser = ChatParser()
        heard(CREATED, chat(event), parser=parser)

        assert verdict is parser.verdict

    @pytest.mark.parametrize("end", [DONE, sent("done", '{"debug_url":"u"}'), sent("conversation.stream.done", "")])
    def test_every_spelling_of_done_closes_the_stream(self, end):
        parser = ChatParser()
        heard(end, parser=parser)

        assert parser.closed

    @pytest.mark.parametrize(
        ("said", "says"),
        [
            ([], "no_text"),
            ([message("completed", " \n")], "no_text"),
            ([message("delta", " \n"), message("delta", "\t"), message("completed", " \n\t")], "no_text"),
            ([message("delta", "\u200b"), message("completed", "\u200b\ufeff")], "no_text"),
            (
                [
                    message("delta", "<think>so"),
                    message("delta", " it is</think>\n"),
                    message("completed", "<think>so it is</think>\n"),
                ],
                "no_text",
            ),
            ([message("delta", "<thinking>cut off")], "no_text"),
            ([message("completed", "{}", type="function_call")], "no_text"),
            ([message("completed", '{"card_type":3,"template_url":"https://x"}', content_type="card")], "card"),
        ],
    )
    def test_a_bot_that_said_nothing_is_not_answered_for_with_nothing(self, said, says):
        parser = ChatParser()
        heard(CREATED, *said, chat("completed"), parser=parser)

        with pytest.raises(Refused) as refused:
            parser.close()
        assert says == refused.value.message_id

    def test_a_chat_that_was_stopped_need_not_have_said_anything(self):
        parser = ChatParser()
        heard(CREATED, chat("canceled"), parser=parser)

        assert ChatFinished() == parser.close()

    @pytest.mark.parametrize(
        ("kind", "calls"), [("function", (Call(id="77", name="", arguments={}),)), ("reply_message", ())]
    )
    def test_only_functions_are_waited_for(self, kind, calls):
        """A question node has asked already; its answer is the person's next message."""
        action = {"submit_tool_outputs": {"tool_calls": [{"id": "77", "type": kind}]}}
        parser = ChatParser()
        heard(CREATED, chat("requires_action", required_action=action), parser=parser)

        assert calls == parser.calls

    def test_the_empty_form_of_a_required_action_is_none(self):
        parser = ChatParser()
        action = {"type": "", "submit_tool_outputs": {"tool_calls": []}}
        heard(CREATED, chat("completed", required_action=action), parser=parser)

        assert ((), ChatStatus.COMPLETED) == (parser.calls, parser.verdict)


class TestFailure:
    @pytest.mark.parametrize(
        "report",
        [
            sent("error", {"code": 4016, "msg": "occupied"}),
            sent("error", {"code": "4016", "msg": "occupied"}),
            chat("failed", last_error={"code": 4016, "msg": "occupied"}),
            sent("conversation.chat.failed", {"code": 4016, "msg": "occupied"}),
        ],
    )
    def test_every_shape_of_a_failure_is_the_same_failure(self, report):
        assert isinstance(failed(report), Occupied)

    def test_a_body_that_is_no_stream_may_be_a_failure_too(self):
        decoder, parser = EventDecoder(), ChatParser()
        decoder.feed(b'{"code":4100,"msg":"no","detail":{"logid":"x"}}')
        decoder.close()

        with pytest.raises(Unauthorised):
            parser.raise_for_json_error(decoder.unparsed_lines)

    @pytest.mark.parametrize("lines", [[], ["hello"], ["[]"], ['{"msg":"no code"}']])
    def test_other_strays_prove_nothing(self, lines):
        ChatParser().raise_for_json_error(lines)

    @pytest.mark.parametrize("data", ["{}", '{"code":null}', "", "run failed"])
    def test_a_failure_without_a_reason_may_pass(self, data):
        assert isinstance(failed(sent("error", data)), Later)

    def test_the_support_can_be_told_which_call_it_was(self):
        parser = ChatParser()
        parser.log_id = "2026x"

        with pytest.raises(Later) as later:
            heard(chat("failed", last_error={"code": 5000, "msg": "event interval error"}), parser=parser)
        assert "2026x" == later.value.log_id

    def test_a_failure_after_the_end_changes_nothing(self):
        parser = ChatParser()
        heard(CREATED, message("completed", "a"), chat("completed"), sent("error", {"code": 5000}), parser=parser)

        assert ChatFinished() == parser.close()

    @settings(deadline=None)
    @given(st.lists(st.sampled_from([CREATED, message("delta", "a"), message("completed", "a"), DONE])))
    def test_the_first_failure_wins_over_a_later_completion(self, before):
        """Studio reports an error, then claims that the chat was completed."""
        assert isinstance(failed(*before, sent("error", {"code": 103100001, "msg": "boom"}), chat("completed")), Later)


class TestTheTable:
    def test_each_number_stands_in_one_row(self):
        codes = [code for remedy in REMEDIES for code in remedy.codes]

        assert len(codes) == len(set(codes))

    @pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: str(remedy.codes[0]))
    def test_each_row_can_be_raised_with_words_for_both_readers(self, remedy):
        for code in (remedy.codes[0], str(remedy.codes[0])):
            raised = failure(code, "their words", log_id="x")

            assert type(raised) is remedy.raises
            assert isinstance(raised, Later | Never)
            assert all(word in raised.detail for word in (str(code), "their words", remedy.hint))
            assert (remedy.message_id or remedy.raises.message_id) == raised.message_id
            assert MessageId(raised.message_id)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (4016, Occupied),
            (4002, ConversationLost),
            (4200, NotFound),
            (777777775, NotFound),
            (103000002, ConversationLost),
            (4100, Unauthorised),
            ("700012006", Unauthorised),
            (401, Unauthorised),
            (4009, RateLimited),
            (429, RateLimited),
            (5000, Later),
            (503, Later),
            (599, Later),
            (4015, Refused),
            (987654, Refused),
            (720702011, Refused),
            (720702002, Refused),
            (720702004, Refused),
            (720702085, Refused),
            (777777776, Refused),
            (106000001, Unauthorised),
            (720702078, Refused),
            (777777778, Refused),
            (777777765, Unauthorised),
            (103200004, Refused),
            (5999, Later),
            (701232, Later),
            (720700801, Later),
            (720701003, Later),
            ("nonsense", Later),
        ],
    )
    def test_numbers_lead_to_deeds(self, code, kind):
        assert kind is type(failure(code))

    @pytest.mark.parametrize("code", [5000, 701231, 720701013, 4013, 4102, 4009, 4020, 103100001, 5999, 708232001])
    def test_what_may_pass_is_tried_for_minutes(self, code):
        assert PATIENCE == failure(code).patience

    @pytest.mark.parametrize("code", [408, 500, 502, 503, 504, 599])
    def test_a_coze_that_is_away_is_waited_for(self, code):
        assert failure(code).patience is None

    @pytest.mark.parametrize("code", [987654, 31, "12345"])
    def test_what_made_a_chat_fail_and_is_unknown_may_pass(self, code):
        error = failed(CREATED, chat("failed", last_error={"code": code, "msg": "?"}))

        assert isinstance(error, ChatFailed)
        assert PATIENCE == error.patience

    def test_a_wait_they_ask_for_is_kept(self):
        assert (7, 60) == (failure(429, retry_after=7).retry_after, failure(4020).retry_after)

    @settings(deadline=None)
    @given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()))
    def test_anything_may_stand_where_a_code_should(self, code):
        assert isinstance(failure(code, code), BridgeError)
        assert number(code) != 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["id", "content", "type", "code", "data", "meta_data", "usage", "required_action", "title"])
            | st.text(),
            inner,
        )
    ),
)


class TestAnythingMayCome:
    @settings(deadline=None)
    @given(JSON)
    def test_a_chat_or_message_can_be_read_from_any_json(self, data):
        assert "" == read_chat(None).id
        assert isinstance(read_chat(data), Chat)
        assert isinstance(read_message(data).content, str)

    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["error", "done", "conversation.message.delta", "conversation.message.completed"]
                    + [
                        f"conversation.chat.{status}"
                        for status in ("created", "completed", "failed", "requires_action")
                    ]
                ),
                JSON,
            )
        )
    )
    def test_a_stream_of_any_json_gives_events_or_a_failure_we_know(self, events):
        parser = ChatParser()

        with suppress(BridgeError):
            for name, data in events:
                assert all(isinstance(event, get_args(BotEvent)) for event in parser.feed(sent(name, json.dumps(data))))
            parser.close()

    @settings(deadline=None)
    @given(JSON)
    def test_any_card_can_be_read(self, card):
        assert isinstance(card_text(json.dumps(card)), str)

    @settings(deadline=None)
    @given(st.binary(), st.integers(100, 599))
    def test_any_answer_has_an_envelope(self, body, status):
        assert status == read(status, {}, body).status


def test_a_card_is_read_aloud_as_far_as_it_has_words():
    data = json.dumps({"title": "Berlin", "rows": [{"label": "Rain"}, {"label": "Rain"}, {"image": "https://i"}]})
    card = json.dumps({"card_type": 3, "template_url": "https://t", "response_type": "card", "data": data})

    assert "Berlin\nRain" == card_text(card)


@pytest.mark.parametrize("card", ['{"title":"{broken"}', "[" * 40 + '"deep"' + "]" * 40, '{"url":"https://x"}'])
def test_a_card_without_readable_words_has_none(card):
    assert "" == card_text(card)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('[{"type":"text","text":"a"},{"type":"image","file_id":"1"},{"type":"text","text":"b"}]', "a\nb"),
        ("not JSON", "not JSON"),
    ],
)
def test_an_answer_in_pieces_is_read_for_its_text(content, text):
    assert [BEGUN, MessageCompleted(message_id="1", text=text)] == heard(
        CREATED, message("completed", content, content_type="object_string")
    )


class TestLists:
    def test_a_list_is_told_in_the_order_things_were_said(self):
        listed = [
            {"id": "10", "type": "answer", "content": "b", "created_at": "5"},
            {"id": "30", "type": "verbose", "content": "x", "created_at": "4"},
            {"id": "9", "type": "answer", "content": "a", "created_at": 5},
        ]

        assert [
            MessageCompleted(message_id="9", text="a"),
            MessageCompleted(message_id="10", text="b"),
        ] == ChatParser().feed_list(map(read_message, listed))

    def test_a_list_repeats_nothing_that_was_heard_whole(self):
        parser = ChatParser()
        heard(CREATED, message("completed", "a"), message("delta", "b", id="2"), parser=parser)
        listed = [{"id": "1", "type": "answer", "content": "a"}, {"id": "2", "type": "answer", "content": "bc"}]

        assert [MessageCompleted(message_id="2", text="bc")] == parser.feed_list(map(read_message, listed))

    @pytest.mark.parametrize(
        ("question", "chat_id"),
        [({"chat_id": "11"}, "11"), ({}, "12"), ({"chat_id": "11", "conversation_id": 23}, "11")],
        ids=["named", "named by its answer", "in another conversation"],
    )
    def test_our_question_is_found_by_our_key(self, question, chat_id):
        listed = [
            {"id": "4", "chat_id": "13", "meta_data": {"bridge_key": "other"}},
            {"id": "3", "chat_id": "12", "type": "answer"},
            {"id": "2", "meta_data": {"bridge_key": "ours"}, **question},
        ]
        conversation = str(question.get("conversation_id", "22"))

        assert ChatRef(conversation_id=conversation, chat_id=chat_id) == find_chat_ref(
            map(read_message, listed), Sought(conversation_id="22", key="ours")
        )

    def test_a_question_that_is_not_there_is_not_found(self):
        assert (
            find_chat_ref(map(read_message, ({"meta_data": None}, {})), Sought(conversation_id="22", key="ours"))
            is None
        )


class TestEnvelope:
    @pytest.mark.parametrize(
        ("body", "data"),
        [
            ({"code": 0, "msg": "", "data": [1]}, [1]),
            ({"data": {"id": "1"}, "msg": ""}, {"id": "1"}),
            ({"code": 0, "Messages": [1]}, [1]),
            ({"code": 0, "ConversationData": {}}, {}),
            ({"ChatV3ChatDetail": {"id": "1"}, "BaseResp": None}, {"id": "1"}),
            ({"code": 0}, None),
        ],
    )
    def test_both_flavours_are_read(self, body, data):
        envelope = read(200, {}, json.dumps(body).encode())

        assert (data, None) == (envelope.data, envelope.failure)

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (200, b'{"code":4100,"msg":"x"}', Unauthorised),
            (400, b'{"code":"4016"}', Occupied),
            (401, b"", Unauthorised),
            (429, b"slow down", RateLimited),
            (502, b"<html>", Later),
            (200, b"<html>", Garbled),
            (404, b"{}", Refused),
        ],
    )
    def test_the_code_counts_before_the_status(self, status, body, kind):
        assert kind is type(read(status, {}, body).failure)

    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            ({"x-tt-logid": "L"}, {}),
            ({"x-log-id": "L"}, {}),
            ({}, {"detail": {"logid": "L"}}),
            ({}, {"error": {"logid": "L"}}),
        ],
    )
    def test_the_log_id_is_found_wherever_it_stands(self, headers, body):
        assert "L" == read(200, headers, json.dumps({"code": 5000, **body}).encode()).failure.log_id

    @pytest.mark.parametrize(("header", "wait"), [("2", 2.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None)])
    def test_a_wait_is_read_from_the_header(self, header, wait):
        assert wait == read(429, {"retry-after": header}, b"").failure.retry_after


class TestAddress:
    @pytest.mark.parametrize(
        ("written", "base"),
        [
            ("https://api.coze.cn", "https://api.coze.cn"),
            (" https://api.coze.com/ ", "https://api.coze.com"),
            ("https://api.coze.cn/v3", "https://api.coze.cn"),
            ("https://api.coze.cn/v3/chat/", "https://api.coze.cn"),
            ("https://api.coze.com/v1/workflow/stream_run", "https://api.coze.com"),
            ("http://localhost:8888/v1", "http://localhost:8888"),
            ("https://studio.example/coze/", "https://studio.example/coze"),
        ],
    )
    def test_what_people_write_becomes_the_base(self, written, base):
        assert base == normalise_base_url(written)
        assert base == normalise_base_url(base)

    @pytest.mark.parametrize(
        ("written", "hint"),
        [
            ("api.coze.cn", "https://api.coze.cn"),
            ("ftp://api.coze.cn", "https://api.coze.cn"),
            ("https://www.coze.com/space/1", "https://api.coze.com"),
            ("https://coze.cn", "https://api.coze.cn"),
            ("https://code.coze.com/home", "https://api.coze.com"),
            ("https://docs.coze.com/guides/welcome", "https://api.coze.com"),
            ("https://www.coze.cn/docs", "https://api.coze.cn"),
            ("https://api.coze.cn/open_api/v2", "retired"),
            ("", "https://api.coze.cn"),
        ],
    )
    def test_what_cannot_work_is_told_with_what_would(self, written, hint):
        with pytest.raises(ValueError, match=hint):
            normalise_base_url(written)


class TestOutputs:
    """An answer that is a workflow's or tool's output, wrapped for the model."""

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ('{"output":"Sunny."}', "Sunny."),
            ('{"output":"  Sunny\\n**today**"}', "  Sunny\n**today**"),
            ('{"Output":"Sunny."}', "Sunny."),
            ('{"data":"Sunny."}', "Sunny."),
            ('{"content_type":1,"data":"Sunny.","type_for_model":2}', "Sunny."),
            ('{"output":{"sky":"blue","temp":21}}', "- **sky**: blue\n- **temp**: 21"),
            ('{"output":["a","b"]}', "- a\n- b"),
            ('{"city":"Ulm"}', '{"city":"Ulm"}'),
            ('{"output":"x","score":3}', '{"output":"x","score":3}'),
            ('{"output":"cut off', '{"output":"cut off'),
            ("{not JSON}", "{not JSON}"),
        ],
    )
    def test_it_is_read_for_its_text(self, content, text):
        assert [BEGUN, MessageCompleted(message_id="1", text=text)] == heard(CREATED, message("completed", content))

    @pytest.mark.parametrize(
        "pieces", [['{"out', 'put":"Sun', 'ny."}'], ["{", ' "data" ', ': "Sunny."}'], ['{"output":"Sunny."}']]
    )
    def test_it_is_not_seen_before_it_can_be_read(self, pieces):
        said = heard(CREATED, *(message("delta", piece) for piece in pieces), message("completed", "".join(pieces)))

        assert [BEGUN, MessageCompleted(message_id="1", text="Sunny.")] == said

    @pytest.mark.parametrize("pieces", [["{", "x}"], ['{"ci', 'ty"'], ["{%", " if %}"], ["[", "1]"]])
    def test_other_braces_are_shown_as_they_grow(self, pieces):
        said = heard(CREATED, *(message("delta", piece) for piece in pieces))

        assert "".join(pieces) == "".join(event.text for event in said if isinstance(event, Delta))


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (
            [{"type": "text", "text": "See:"}, {"type": "image", "file_url": "https://c.cn/a.png"}],
            "See:\n![image](https://c.cn/a.png)",
        ),
        ([{"type": "image", "url": "https://c.cn/a b(1).png"}], "![image](https://c.cn/a%20b%281%29.png)"),
        (
            [{"type": "file", "name": "a [1].pdf", "file_url": "https://c.cn/a.pdf"}],
            "[a%20%5B1%5D.pdf](https://c.cn/a.pdf)",
        ),
        ([{"type": "image", "file_id": "7"}, {"type": "text", "text": "A cat"}], "A cat"),
        ([{"type": "image", "file_url": "javascript:alert(1)"}, {"type": "text", "text": "no"}], "no"),
    ],
)
def test_an_answers_pictures_and_files_come_along(items, text):
    content = json.dumps(items)

    assert [BEGUN, MessageCompleted(message_id="1", text=text)] == heard(
        CREATED, message("completed", content, content_type="object_string")
    )
