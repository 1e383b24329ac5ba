"""
What a bot is asked: a message with all that it refers to, as one text in a form that models read well.

The same for every platform, and pure. In this order, each a paragraph of its own, left out where there is nothing:

```
Looking at:
> #general

In reply to Ann:
> how tall is
> Mont Blanc?

About this passage:
> Mont Blanc

Forwarded from Digest:
> Lyon is a city.

what the person wrote, as typed

what the person said in a recording
```

A person who writes nothing and points at a message asks what that message asks: it is the question itself, unquoted.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from bridge.sdk.model import Forward, Inbound, Quote
from bridge.sdk.personal_data import PersonalData, hide

QUOTE_LONGEST: Final = 8_000
"""Code points of one quoted or forwarded message that are handed on: more than one message of any platform holds."""

CUT: Final = "… (the rest was cut)"
"""Where something was cut, in a word that people and models understand."""


def question_text(
    message: Inbound,
    *,
    recordings: Iterable[str] = (),
    answer_is_known: bool = False,
    hidden: Collection[PersonalData] = (),
) -> str:
    """
    The text of the question that *message* asks; empty where it holds nothing but files.

    *recordings*: what was said in its voice notes. *answer_is_known*: what it quotes is the newest answer in the very
    memory in which it is asked, so that repeating it would only confuse; a marked passage still counts. *hidden*: what
    the bot is not told.
    """
    return hide(_whole(message, recordings, answer_is_known=answer_is_known), hidden)


def _whole(message: Inbound, recordings: Iterable[str], *, answer_is_known: bool) -> str:
    quote = message.quote
    if quote and answer_is_known:
        quote = replace(quote, text="")
    said = [text for text in (message.text, *recordings) if text.strip()]
    if quote and not said and not message.forwards:
        return _bounded(quote.passage or quote.text)
    beside = [_block("Looking at:", message.looking_at)] if message.looking_at else []
    return "\n\n".join([*beside, *_quoted(quote), *map(_forwarded, message.forwards), *said])


def _quoted(quote: Quote | None) -> Iterator[str]:
    if quote is None:
        return
    text, passage = quote.text, quote.passage or ""
    if not text.strip() and quote.author and not quote.ours:  # of a message in another chat the passage is all there is
        text = passage
    if text.strip():
        whose = "your answer" if quote.ours else quote.author or "a message"
        yield _block(f"In reply to {whose}:", text)
    if passage.strip() and passage.strip() != text.strip():
        yield _block("About this passage:", passage)


def _forwarded(forward: Forward) -> str:
    title = f"Forwarded from {forward.origin}:" if forward.origin else "Forwarded:"
    return _block(title, forward.text) if forward.text.strip() else title.rstrip(":")


def _block(title: str, text: str) -> str:
    """The *text* as a block quote below its *title*; an empty line stays part of the block."""
    lines = (f"> {line}".rstrip() for line in _bounded(text.strip("\n")).split("\n"))
    return "\n".join([title, *lines])


def _bounded(text: str) -> str:
    return text if len(text) <= QUOTE_LONGEST else text[: QUOTE_LONGEST - len(CUT)] + CUT
