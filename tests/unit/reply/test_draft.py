"""The answer as it stands so far: laws for every sequence of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.reply.draft import MESSAGE_SEPARATOR, Draft
from bridge.sdk.asking import ChatFinished, ChatStarted, Delta, FollowUpSuggested, MessageCompleted, Step
from bridge.sdk.characters import is_blank

names = st.sampled_from(["m1", "m2", "m3"])
words = st.text(max_size=5)
deltas = st.builds(Delta, message_id=names, text=words)
said = st.builds(MessageCompleted, message_id=names, text=words)
others = st.builds(FollowUpSuggested, text=words) | st.builds(ChatFinished, tokens=st.integers(0, 9))
events = st.lists(deltas | said | others | st.just(ChatStarted(conversation_id="1", chat_id="2")), max_size=30)


def taken(*events):
    draft = Draft()
    for event in events:
        draft.apply(event)
    return draft


class TestLaws:
    @given(events=events)
    def test_it_tells_when_what_it_says_may_be_something_else(self, events):
        """Nobody looks at an answer that has not changed."""
        draft = Draft()
        for event in events:
            before = draft.text
            changed = draft.apply(event)

            assert changed or before == draft.text

    @given(events=st.lists(deltas, max_size=30))
    def test_while_one_message_grows_what_was_said_stays(self, events):
        draft = Draft()
        for event in events:
            before = "".join(draft.messages.get(event.message_id, ()))
            draft.apply(event)

            assert "".join(draft.messages.get(event.message_id, ())) == before + event.text

    @given(events=events, whole=st.lists(said, min_size=1, max_size=3, unique_by=lambda one: one.message_id))
    def test_what_is_said_last_counts_whatever_the_deltas_were(self, events, whole):
        """A delta that was lost, or came twice, is mended by the whole."""
        draft = taken(*events, *whole)

        assert {one.message_id: one.text for one in whole}.items() <= {
            name: "".join(pieces) for name, pieces in draft.messages.items()
        }.items()

    @given(events=events, name=names, text=words)
    def test_what_is_whole_does_not_grow(self, events, name, text):
        draft = taken(*events, MessageCompleted(message_id=name, text="whole"))
        before = draft.text

        assert not draft.apply(Delta(message_id=name, text=text))
        assert before == draft.text

    @given(events=events)
    def test_hearing_the_wholes_again_changes_nothing(self, events):
        """A stream that broke is fetched, and begins with what was heard already."""
        draft = taken(*events)
        before = draft.text
        for name in draft.whole:
            assert not draft.apply(MessageCompleted(message_id=name, text="".join(draft.messages[name])))

        assert before == draft.text

    @given(events=events)
    def test_only_messages_are_in_the_text_and_in_the_order_they_began(self, events):
        draft = taken(*events)
        began = dict.fromkeys(one.message_id for one in events if isinstance(one, Delta) and one.text)
        for one in events:
            if isinstance(one, MessageCompleted):
                began.setdefault(one.message_id)

        assert set(draft.messages) == set(began)
        assert draft.text == MESSAGE_SEPARATOR.join(
            text for pieces in draft.messages.values() if not is_blank(text := "".join(pieces))
        )


def test_messages_stand_in_the_order_in_which_they_began():
    draft = taken(
        Delta(message_id="m2", text="One"),
        Delta(message_id="m1", text="Two"),
        Delta(message_id="m2", text=" and more"),
        MessageCompleted(message_id="m1", text="Two."),
    )

    assert "One and more\n\nTwo." == draft.text


@pytest.mark.parametrize("nothing", [" \n", "\u200b", "\ufeff\n\u2060", "\u3164", "\u2800"])
def test_a_message_without_anything_to_see_is_none(nothing):
    """Platforms refuse such a text, and people see a bubble without words."""
    draft = taken(MessageCompleted(message_id="m1", text=nothing), MessageCompleted(message_id="m2", text="One."))

    assert "One." == draft.text


def test_suggestions_and_tokens_are_kept_beside_the_text():
    draft = taken(FollowUpSuggested(text="And then?"), FollowUpSuggested(text="Why?"), ChatFinished(tokens=7))

    assert (["And then?", "Why?"], 7, "") == (draft.suggestions, draft.tokens, draft.text)


def test_a_workflow_of_one_step_has_none_to_show_and_one_of_several_tells_how_far_each_is():
    search, summary = Step(title="Search", is_over=False), Step(title="Sum up", is_over=False)
    found = Step(title="Search", is_over=True)

    assert () == taken(search, found).steps
    assert (found, summary) == taken(search, found, summary).steps
    assert not Draft().apply(search)


def test_it_offers_each_question_once_and_none_that_no_button_carries():
    asked = ("And then?", " And then? ", "", "x" * 201, "Why?", "a", "b", "c", "d")

    assert ("And then?", "Why?", "a", "b", "c") == taken(*(FollowUpSuggested(text=text) for text in asked)).follow_ups
