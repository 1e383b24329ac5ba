"""What the bridge says is said in every language, and says the same."""

import re
from importlib import resources
from string import Formatter

import polib
import pytest

from bridge.sdk.i18n import MessageId, duration, languages, negotiate, time_ahead, translate


def catalogue(language):
    text = (resources.files("bridge.sdk") / "locale" / f"{language}.po").read_text()
    return {entry.msgid: entry.msgstr for entry in polib.pofile(text) if not entry.msgid_plural}


def fields(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_english_and_chinese_are_spoken():
    assert ("en", "zh") == languages()


@pytest.mark.parametrize("language", languages())
def test_every_word_has_a_sentence_and_none_is_left_over(language):
    sentences = catalogue(language)

    assert set(MessageId) == set(sentences)
    assert all(sentence.strip() for sentence in sentences.values())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("word", MessageId)
def test_a_sentence_takes_the_same_fields_in_every_language(word, language):
    assert fields(catalogue("en")[word]) == fields(catalogue(language)[word])


@pytest.mark.parametrize("word", MessageId)
def test_chinese_readers_read_chinese(word):
    sentence = re.sub(r"\{\w+\}", "", catalogue("zh")[word])

    assert [] == re.findall(r"[A-Za-z]+", sentence)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("word", MessageId)
def test_no_sentence_names_a_component_or_a_code(word, language):
    assert [] == re.findall(r"coze|slack|telegram|api|error|exception|token|\d", catalogue(language)[word].lower())


@pytest.mark.parametrize(
    ("called", "language"),
    [
        ("zh", "zh"), ("zh-CN", "zh"), ("zh-hans", "zh"), ("zh_TW", "zh"), ("ZH-hant-HK", "zh"),
        ("en", "en"), ("en-GB", "en"), ("de", "en"), ("", "en"), (None, "en"), ("-", "en"), ("x" * 99, "en"),
    ],
)  # fmt: skip
def test_the_nearest_language_is_spoken(called, language):
    assert language == negotiate(called)


def test_fields_are_put_in_as_they_are():
    """
    A bot's name is an operator's text, and may hold braces.
    """
    assert "Hello! I am {me}." in translate(MessageId.START, "en", bot="{me}", help="/help")
    assert "我是小扣。" in translate(MessageId.START, "zh-CN", bot="小扣", help="/help")


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (43200, "en", "12 hours"),
        (3600, "en", "1 hour"),
        (5400, "en", "90 minutes"),
        (86400, "de", "1 day"),
        (90, "en", "90 seconds"),
        (43200, "zh-hans", "12小时"),
    ],
)
def test_a_duration_is_told_exactly(seconds, language, words):
    assert words == duration(seconds, language)


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (0.2, "en", "in 1 second"),
        (61.5, "en", "in 62 seconds"),
        (301, "en", "in 6 minutes"),
        (7201, "en", "in 3 hours"),
        (300, "zh", "5分钟后"),
        (7 * 86400, "en", "in 7 days"),
    ],
)
def test_when_to_come_back_is_never_told_too_early(seconds, language, words):
    assert words == time_ahead(seconds, language)


@pytest.mark.parametrize("count", [1, 2, 5, 100])
@pytest.mark.parametrize("unit", [1, 60, 3600, 86400])
def test_every_span_is_told_in_every_language(unit, count):
    """A sentence that is missing would show its English id."""
    told = [duration(unit * count, language) + time_ahead(unit * count, language) for language in languages()]

    assert len(languages()) == len(set(told))
    assert not re.search(r"[A-Za-z_]", told[languages().index("zh")])
