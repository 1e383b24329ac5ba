"""What a bot is asked, in a form that it reads well."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.engine.question import CUT, QUOTE_LONGEST, question_text
from bridge.sdk.model import Address, ChatType, Forward, Inbound, Person, Place, Quote


def inbound(text="", **more):
    return Inbound(
        dedupe_keys=("1",),
        where=Place(adapter="a", chat="c"),
        chat_type=ChatType.GROUP,
        author=Person(id="1"),
        text=text,
        address=Address.TO_US,
        **more,
    )


class TestOwnWords:
    def test_plain_words_are_the_question_as_they_were_typed(self):
        code = "fix this:\n\n```python\nif x:\n    return\t1\n```"

        assert code == question_text(inbound(code))

    def test_a_recording_comes_after_what_was_written(self):
        assert "this?\n\nhow tall is it" == question_text(inbound("this?"), recordings=["how tall is it"])

    def test_files_alone_ask_nothing_in_words(self):
        assert "" == question_text(inbound())


class TestQuoting:
    def test_what_is_replied_to_stands_first_with_its_author(self):
        quote = Quote(text="how tall is\n\nMont Blanc?", author="Ann")

        assert "In reply to Ann:\n> how tall is\n>\n> Mont Blanc?\n\nin feet" == question_text(
            inbound("in feet", quote=quote)
        )

    def test_an_answer_of_ours_is_the_bots_own(self):
        assert "In reply to your answer:\n> 42\n\nwhy?" == question_text(
            inbound("why?", quote=Quote(text="42", ours=True))
        )

    def test_the_newest_answer_of_this_memory_is_not_repeated(self):
        message = inbound("why?", quote=Quote(text="it is 42", passage="42", ours=True))

        assert "About this passage:\n> 42\n\nwhy?" == question_text(message, answer_is_known=True)

    def test_a_passage_stands_beside_the_whole(self):
        quote = Quote(text="it is 42 feet", passage="42", author="Ann")

        assert "In reply to Ann:\n> it is 42 feet\n\nAbout this passage:\n> 42\n\nwhy?" == question_text(
            inbound("why?", quote=quote)
        )

    def test_a_passage_is_its_authors_where_nothing_else_is_known_of_the_message(self):
        quote = Quote(passage="the moon is cheese", author="News")

        assert "In reply to News:\n> the moon is cheese\n\ntrue?" == question_text(inbound("true?", quote=quote))

    def test_pointing_at_a_message_without_a_word_asks_what_it_asks(self):
        assert "how tall is\nit?" == question_text(inbound(quote=Quote(text="how tall is\nit?", author="Ann")))

    def test_a_picture_that_is_replied_to_adds_no_words(self):
        assert "what is this?" == question_text(inbound("what is this?", quote=Quote(author="Ann")))

    def test_what_is_too_long_is_cut_with_a_word(self):
        asked = question_text(inbound("sum up", quote=Quote(text="x" * (QUOTE_LONGEST + 1))))

        assert asked.endswith(f"x{CUT}\n\nsum up")


class TestForwarding:
    def test_each_says_where_it_comes_from_in_order(self):
        forwards = (Forward(origin="Digest", text="Lyon\nis a city."), Forward(text="So is Nice."))

        assert "Forwarded from Digest:\n> Lyon\n> is a city.\n\nForwarded:\n> So is Nice.\n\ntrue?" == question_text(
            inbound("true?", forwards=forwards)
        )

    def test_one_of_a_picture_alone_is_named(self):
        assert "Forwarded from Digest" == question_text(inbound(forwards=(Forward(origin="Digest"),)))


STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(text=STORABLE, quoted=STORABLE, forwarded=STORABLE)
def test_nothing_that_was_said_is_lost(text, quoted, forwarded):
    message = inbound(text, quote=Quote(text=quoted, author="Ann"), forwards=(Forward(origin="Ben", text=forwarded),))
    asked = "".join(question_text(message).split())

    for part in (text, quoted, forwarded):
        for line in part.strip("\n").split("\n"):
            assert "".join(line.split()) in asked
