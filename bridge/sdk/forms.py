"""
The forms in which a message can be sent, from the one that reads best to the one that is never refused.

    as it is ─► without formatting, then without buttons   or the buttons first, where they were refused
             ─► without the reply, outside the thread      only where that was refused
             ─► in smaller messages                        where it was too long
             ─► as a file                                  whatever was refused before
             ─► None: the refusal stands

Rule: a refusal of a form never costs the content, and each step is taken for what was refused, not by guessing.
"""

from dataclasses import dataclass, replace
from typing import Final

from bridge.sdk.answers import NO_BUTTONS, Buttons, Part
from bridge.sdk.errors import Aspect
from bridge.sdk.model import MediaBytes, Ref
from bridge.sdk.splitting import split, utf16

SPLIT_SMALLEST: Final = 400
"""UTF-16 units; nobody refuses so short a text for its length, so it is not split further."""
SPLITS_MOST: Final = 3
"""How often the messages are halved before the answer becomes a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a text is to be sent, or what is left of it is."""

    whole: str  #: Markdown; what a file holds
    texts: tuple[str, ...]  #: Markdown, a message each, those that do not stand yet; never empty
    buttons: Buttons = NO_BUTTONS  #: below the last message
    ref: Ref | None = None  #: the message that is to show the first text; None: a new one
    begun: bool = False  #: its first message stands already
    follows: bool = False  #: goes on where another message ends: it refers to nothing and rings nowhere
    formatted: bool = True  #: its Markdown is shown formatted, not as words alone
    replies: bool = True  #: refers to the question, where the place wants that
    threaded: bool = True  #: stands in the thread of the question, where there is one
    cuttable: bool = True  #: may become several messages or a file; previews and notices may not
    is_file: bool = False  #: all of it is sent as a file
    splits: int = 0  #: how often it was halved

    @property
    def text(self) -> str:
        """What the next message says."""
        return self.texts[0]

    @property
    def head(self) -> "Form":
        """The next message alone."""
        return self if self.is_last else replace(self, texts=self.texts[:1], buttons=NO_BUTTONS)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after the next message."""
        return self.is_file or len(self.texts) == 1

    @property
    def rest(self) -> "Form":
        """What comes after the next message; not to be asked of the last."""
        return replace(self, texts=self.texts[1:], ref=None, begun=True, follows=True)

    @property
    def file(self) -> MediaBytes:
        """All of it as a file."""
        return file_of(self.whole)


def file_of(answer: str) -> MediaBytes:
    """A whole *answer*, Markdown, as a file."""
    return MediaBytes(name="answer.md", mime="text/markdown", data=answer.encode("utf-8", "replace"))


def form_of(part: Part) -> Form:
    """The form that reads best."""
    return Form(
        whole=part.text,
        texts=(part.text,),
        buttons=part.buttons,
        ref=part.ref,
        follows=part.index > 0,
        formatted=part.formatted,
    )


def next_form(form: Form, refused: Aspect) -> Form | None:
    """The form to try after *refused* was; None where there is none left."""
    match refused:
        case Aspect.THREAD | Aspect.REPLY:
            return _elsewhere(form, refused)
        case Aspect.LENGTH if not form.cuttable:
            return None
        case Aspect.LENGTH if _may_split(form):
            return _halved(form)
        case Aspect.BUTTONS if form.buttons:
            return replace(form, buttons=NO_BUTTONS)
    return _plainer(form)


def _elsewhere(form: Form, refused: Aspect) -> Form | None:
    """*form* outside the thread, or without its reply; outside the thread the reply may be all that keeps it in place."""
    if not form.threaded:
        return None
    if refused is Aspect.THREAD:
        return replace(form, threaded=False)
    return replace(form, replies=False) if form.replies else None


def _plainer(form: Form) -> Form | None:
    """*form* as words alone, then without its buttons too and, where it is that already, as a file."""
    if form.is_file:
        return None
    if form.formatted:
        return replace(form, formatted=False)
    if form.buttons:
        return replace(form, buttons=NO_BUTTONS)
    return replace(form, is_file=True) if form.cuttable else None


def _may_split(form: Form) -> bool:
    return not form.is_file and form.splits < SPLITS_MOST and utf16(form.text) > SPLIT_SMALLEST


def _halved(form: Form) -> Form:
    """*form* with each of its long messages in two."""
    texts = (piece for text in form.texts for piece in split(text, max(SPLIT_SMALLEST, _half(text)), utf16))
    return replace(form, texts=tuple(texts), splits=form.splits + 1)


def _half(text: str) -> int:
    return utf16(text) // 2 + 1
