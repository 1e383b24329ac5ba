"""What is tried after a form was refused, and what is left of it."""

import pytest

from bridge.sdk.answers import Buttons, Part
from bridge.sdk.errors import Aspect
from bridge.sdk.forms import SPLIT_SMALLEST, Form, form_of, next_form
from bridge.sdk.model import Ref

MORE = Buttons(follow_ups=("More?",))


def form(text="Once **upon** a time", **others):
    return form_of(Part(index=0, text=text, key="turn:0", **others))


def ladder(form, *refusals):
    """The form after *refusals*, one after the other; None as soon as none is left."""
    for refused in refusals:
        form = form and next_form(form, refused)
    return form


def looks(form):
    """Whether *form* is formatted, has buttons, is a file."""
    return form.formatted, bool(form.buttons), form.is_file


def test_what_was_refused_goes_first_and_the_other_stays():
    whole = form(buttons=MORE)

    assert (False, True, False) == looks(next_form(whole, Aspect.FORMATTING))
    assert (True, False, False) == looks(next_form(whole, Aspect.BUTTONS))


@pytest.mark.parametrize(
    ("refused", "left"),
    [
        ([Aspect.FORMATTING, Aspect.FORMATTING], (False, False, False)),
        ([Aspect.FORMATTING, Aspect.BUTTONS], (False, False, False)),
        ([Aspect.BUTTONS, Aspect.FORMATTING], (False, False, False)),
        ([Aspect.BUTTONS, Aspect.BUTTONS], (False, False, False)),
        ([Aspect.FORMATTING, Aspect.FORMATTING, Aspect.FORMATTING], (False, False, True)),
    ],
)
def test_words_alone_come_before_a_file(refused, left):
    assert left == looks(ladder(form(buttons=MORE), *refused))


def test_only_the_thread_or_reply_that_was_refused_is_given_up():
    assert not next_form(form(), Aspect.THREAD).threaded
    assert next_form(form(), Aspect.THREAD).replies
    assert not next_form(form(), Aspect.REPLY).replies
    assert next_form(form(), Aspect.REPLY).threaded


def test_outside_its_thread_a_message_never_loses_the_reply_that_keeps_it_in_place():
    assert ladder(form(), Aspect.THREAD, Aspect.REPLY) is None
    assert ladder(form(), Aspect.THREAD, Aspect.THREAD) is None


@pytest.mark.parametrize("text", ["tea " * 1000, "水" * 3000, "👍" * 900, "```\n" + "code\n" * 400 + "```"])
def test_a_long_text_is_halved_and_its_buttons_stay_below_the_last_message(text):
    halved = next_form(form(text, buttons=MORE, ref=Ref("7")), Aspect.LENGTH)

    assert len(halved.texts) >= 2
    assert halved.formatted
    assert (Ref("7"), False) == (halved.head.ref, bool(halved.head.buttons))
    assert (None, True, MORE) == (halved.rest.ref, halved.rest.follows, halved.rest.buttons)


def test_a_short_text_is_not_split_but_said_plainly():
    plain = next_form(form("x" * SPLIT_SMALLEST), Aspect.LENGTH)

    assert (1, False) == (len(plain.texts), plain.formatted)


@pytest.mark.parametrize("refused", [Aspect.FORMATTING, Aspect.BUTTONS, Aspect.LENGTH])
@pytest.mark.parametrize("text", ["no", "tea " * 5000, "水" * 11_000, "x" * 401])
def test_whatever_is_refused_ends_as_one_file_with_the_whole_answer_and_then_ends(refused, text):
    one, forms = form(text, buttons=MORE), []
    while one := next_form(one, refused):
        forms.append(one)

    assert forms[-1].is_file
    assert [False] * (len(forms) - 1) == [one.is_file for one in forms[:-1]]
    assert text.encode() == forms[-1].file.data
    assert len(forms) <= 6


def test_a_preview_is_neither_split_nor_a_file():
    growing = Form(whole="tea " * 500, texts=("tea " * 500,), cuttable=False)

    assert next_form(growing, Aspect.LENGTH) is None
    assert ladder(growing, Aspect.FORMATTING, Aspect.FORMATTING) is None
