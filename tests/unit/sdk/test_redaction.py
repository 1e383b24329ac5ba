"""What must not be told is cut out of what far sides say, however they quote it; what they say of their own stays."""

import asyncio
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.sdk import redaction
from bridge.sdk.errors import ConfigError, Refused, Unreachable
from bridge.sdk.redaction import GAP, cut_words

QUESTION = "Please tell nobody: Ottokar the zebra has PIN 4711, 他的密码是芝麻开门"
TOLD = ("ottokar", "zebra", "4711", "nobody", "密码", "芝麻")
WORDS = st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=3, max_size=12)

QUOTES = {
    "bare": QUESTION,
    "in double quotes": f'"{QUESTION}"',
    "in single quotes": f"'{QUESTION}'",
    "cut off": QUESTION[:29] + "...",
    "the end alone": QUESTION[-17:],
    "escaped": json.dumps(QUESTION),
    "escaped twice": json.dumps({"text": json.dumps(QUESTION)}),
    "in capitals": QUESTION.upper(),
    "a word of it": "zebra",
    "as markup": QUESTION.replace(" ", "&nbsp;"),
    "in an address": f"https://api.example.org/v1/send?text={QUESTION.replace(' ', '%20')}",
    "over lines": QUESTION.replace(" ", "\n"),
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
def test_what_was_said_in_the_turn_is_cut_out_of_an_error(quote):
    with redaction.spoken(lambda: (QUESTION,)):
        failure = Refused(f"Bad Request: can't parse entities at byte 17: {quote} (400)")

    assert not [word for word in TOLD if word in f"{failure.detail} {failure} {failure.args}".casefold()]
    assert failure.detail.startswith("Bad Request: can't parse entities at byte 17")
    assert failure.detail.endswith("(400)")


@given(said=st.lists(WORDS, min_size=1, max_size=6), before=WORDS, after=WORDS)
def test_no_word_of_it_survives(said, before, after):
    known = " ".join(said)
    cut = cut_words(f"{before} {known} {after}", [known]).casefold()
    left = set(cut.split())

    assert not [word for word in said if word.casefold() in left and word.casefold() not in redaction._COMMON]


@given(text=st.text(max_size=80), said=st.text(alphabet="qxzj", min_size=4, max_size=20))
def test_what_nobody_said_stays(text, said):
    assume(not set("qxzj") & set(text.casefold()))
    assume("\\u" not in text)

    assert text == cut_words(text, [said])


def test_a_word_that_tells_nothing_goes_only_beside_others():
    said = ["it is not the time for you"]

    assert "message is not modified: you may try again" == cut_words("message is not modified: you may try again", said)
    assert f"bad request: {GAP}" == cut_words("bad request: it is not the time for you", said)


def test_what_the_bot_says_later_and_in_a_task_is_cut_out_too():
    async def turn() -> list[str]:
        draft = [""]
        with redaction.spoken(lambda: ("hello",)):
            redaction.also_spoken(lambda: draft)
            draft[0] = "Ottokar sleeps"
            tasks = [asyncio.create_task(fail(words)) for words in ("hello?", "ottokar sleeps", "other words")]
            return [await task for task in tasks]

    async def fail(words: str) -> str:
        return Unreachable(f"no: {words}").detail

    assert [f"no: {GAP}?", f"no: {GAP}", "no: other words"] == asyncio.run(turn())


def test_outside_of_a_turn_nothing_is_private():
    with redaction.spoken(lambda: ("zebra",)):
        pass
    redaction.also_spoken(lambda: ("zebra",))

    assert "a zebra" == Refused("a zebra").detail


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "GET https://hooks.example.org/services/T0/B0/abcdefghijklmnopqrstuvwx?x=1: 404",
            f"/services/T0/B0/{GAP}?{GAP}",
        ),
        ("wss://wss.example.org/link/?ticket=abc&app_id=1", f"wss://wss.example.org/link/?{GAP}"),
        ("https://user:pass/word@proxy.example.org:3128", "https://<secret>@proxy.example.org:3128"),
        ("socks5://user:pw@h:1", "socks5://<secret>@h:1"),
        ("http://127.0.0.1:8080/readyz", "http://127.0.0.1:8080/readyz"),
        ("https://api.coze.cn/v1/bots/7379462189365198898", "https://api.coze.cn/v1/bots/7379462189365198898"),
    ],
)
def test_what_lets_in_who_knows_an_address_is_cut_out_of_it(said, told):
    assert told in Refused(said).detail


def test_the_secrets_of_the_config_are_cut_out_however_they_look(monkeypatch):
    monkeypatch.setattr(redaction, "_known", {})
    redaction.know_secrets(["correct horse battery", "short", ""])

    assert "signed with <secret>" == Refused("signed with correct horse battery").detail
    assert "a short word" == Refused("a short word").detail
    assert "database: <secret>" == ConfigError("database: correct horse battery").detail


def test_of_secrets_the_newest_are_known(monkeypatch):
    monkeypatch.setattr(redaction, "_known", {})
    for number in range(3_000):
        redaction.know_secrets([f"secret number {number}"])

    assert redaction._KNOWN_AT_MOST == len(redaction._known)
    assert "<secret>" == Refused("secret number 2999").detail


def test_our_own_words_stay_whatever_was_said():
    with redaction.spoken(lambda: ("the token is wrong",)):
        own = redaction.Redacted(f"Coze 4100: {redaction.redact('wrong token')} (the token is wrong)")

        assert f"Coze 4100: {GAP} (the token is wrong)" == Refused(own).detail
