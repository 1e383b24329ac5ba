"""What the bridge itself says to people, in their language."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations
from importlib import resources
from importlib.resources.abc import Traversable
from io import BytesIO
from math import ceil
from typing import Final

import polib

_CATALOGUES: Final = resources.files(__package__) / "locale"
FALLBACK: Final = "en"
_UNITS: Final = (("day", 86400), ("hour", 3600), ("minute", 60))
_SECOND: Final = ("second", 1)


class MessageId(StrEnum):
    """Every sentence of the bridge's own; the texts are in ``locale/``, a catalogue for each language."""

    # commands
    START = "start"
    START_MORE = "start_more"
    HELP = "help"
    HELP_BOT = "help_bot"
    BOT_CHOICE = "bot_choice"
    BOT_CHOSEN = "bot_chosen"
    BOT_ALONE = "bot_alone"
    BOT_UNKNOWN = "bot_unknown"
    ASK_IN_PRIVATE = "ask_in_private"
    PRIVACY = "privacy"
    PRIVACY_MESSAGES = "privacy_messages"
    PRIVACY_NO_MESSAGES = "privacy_no_messages"
    PRIVACY_MEMORY = "privacy_memory"
    PRIVACY_ENCRYPTED = "privacy_encrypted"
    PRIVACY_EXPORT = "privacy_export"
    PRIVACY_EXPORTED = "privacy_exported"
    PRIVACY_FORGET = "privacy_forget"
    PRIVACY_CONFIRM = "privacy_confirm"
    PRIVACY_YES = "privacy_yes"
    PRIVACY_NO = "privacy_no"
    PRIVACY_KEPT = "privacy_kept"
    PRIVACY_FORGOTTEN = "privacy_forgotten"
    LINK_CODE = "link_code"
    LINK_DONE = "link_done"
    LINK_TOLD = "link_told"
    LINK_UNKNOWN = "link_unknown"
    LINK_OWN = "link_own"
    LINK_ALREADY = "link_already"
    LINK_PARTED = "link_parted"
    LINK_NOTHING = "link_nothing"
    BAD_FILE = "bad_file"
    NEW_DONE = "new_done"
    STOP_DONE = "stop_done"
    STOP_NOTHING = "stop_nothing"
    RETRY_NOTHING = "retry_nothing"
    STATUS = "status"
    MESSAGES_LEFT = "messages_left"
    TOKENS_LEFT = "tokens_left"
    STATUS_CHOICE = "status_choice"
    STATUS_FORGETS = "status_forgets"
    MEMORY_PERSON = "memory_person"
    MEMORY_CHAT = "memory_chat"
    MEMORY_THREAD = "memory_thread"
    COMMAND_NEW = "command_new"
    COMMAND_STOP = "command_stop"
    COMMAND_RETRY = "command_retry"
    COMMAND_STATUS = "command_status"
    COMMAND_HELP = "command_help"
    COMMAND_PRIVACY = "command_privacy"
    COMMAND_LINK = "command_link"
    COMMAND_START = "command_start"

    # while an answer comes
    THINKING = "thinking"
    LOADING = "loading"
    WAITS_FOR_ANSWER = "waits_for_answer"
    BUSY = "busy"
    LATER = "later"
    STILL_WAITING = "still_waiting"
    MEMORY_RESET = "memory_reset"
    ANSWERED_ALONE = "answered_alone"
    RATED = "rated"
    TOO_OLD = "too_old"
    STOP_BUTTON = "stop_button"
    RETRY_BUTTON = "retry_button"
    STOPPING = "stopping"
    RETRYING = "retrying"
    NOT_YOURS = "not_yours"

    # on a person's own pages
    HOME_OFFERS = "home_offers"
    HOME_JUST_WRITE = "home_just_write"
    HOME_BEGIN_WITH = "home_begin_with"
    HOME_PROMPTS = "home_prompts"
    HOME_LIMITS = "home_limits"
    HOME_LINKED = "home_linked"
    HOME_NOT_LINKED = "home_not_linked"
    HOME_KEPT = "home_kept"
    FORGET_ME = "forget_me"
    FORGET_ME_SURE = "forget_me_sure"
    FORGOTTEN = "forgotten"
    GREETING = "greeting"

    # in the form for a question about a message
    ASK_ABOUT = "ask_about"
    YOUR_QUESTION = "your_question"
    ASK = "ask"
    CANCEL = "cancel"
    WHAT_WAS_WRONG = "what_was_wrong"
    WHAT_TO_MEND = "what_to_mend"
    SEND = "send"

    # put under what was said
    STOPPED_MARK = "stopped_mark"
    BROKEN_OFF = "broken_off"

    # instead of an answer
    NO_TEXT = "no_text"
    CARD = "card"
    TOOL_NOT_AVAILABLE = "tool_not_available"
    NO_ROUTE = "no_route"
    NOT_ALLOWED = "not_allowed"
    PAUSED = "paused"
    PAIRING_CODE = "pairing_code"
    LET_IN = "let_in"
    HAS_LET_IN = "has_let_in"
    NOBODY_TO_LET_IN = "nobody_to_let_in"
    NOT_AN_ADMIN = "not_an_admin"
    SLOW_DOWN = "slow_down"
    RATE_LIMITED = "rate_limited"
    QUOTA_USED = "quota_used"
    TOO_LONG = "too_long"
    FILE_UNUSABLE = "file_unusable"
    FILES_UNUSABLE = "files_unusable"
    NOT_READABLE = "not_readable"
    FILE_LEFT_OUT = "file_left_out"
    FILE_TOO_BIG = "file_too_big"
    FILE_NOT_FETCHED = "file_not_fetched"
    FILE_NOT_TAKEN = "file_not_taken"
    REFUSED_CONTENT = "refused_content"
    BOT_MISCONFIGURED = "bot_misconfigured"
    FAILED_GENERIC = "failed_generic"
    GAVE_UP = "gave_up"


def translate(message_id: MessageId, language: str | None, **fields: object) -> str:
    """The sentence for *message_id* in the person's *language*, with *fields* put in."""
    return _catalogue(negotiate(language)).gettext(message_id).format_map(fields)


def duration(seconds: float, language: str | None) -> str:
    """So many *seconds*, one at least, in words, in the largest unit that tells them exactly: 12 hours, 90 minutes."""
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds % length == 0), _SECOND)
    return _counted(unit, round(seconds / length), language)


def time_ahead(seconds: float, language: str | None) -> str:
    """When it is *seconds* from now, in words, never too early: in 5 minutes."""
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= 2 * length), _SECOND)
    return _counted(f"in_{unit}", ceil(seconds / length), language)


def _counted(unit: str, count: int, language: str | None) -> str:
    """The sentence for so many of a *unit*, in the form that the *language* has for the number."""
    return _catalogue(negotiate(language)).ngettext(unit, f"{unit}s", count).format(count=count)


def negotiate(language: str | None) -> str:
    """The language we speak that is nearest to what a platform calls the person's: all of a tag, or its beginning."""
    wanted = (language or "").replace("-", "_").lower()
    while wanted and wanted not in languages():
        wanted = wanted.rpartition("_")[0]
    return wanted or FALLBACK


@cache
def languages() -> tuple[str, ...]:
    """The languages we speak."""
    return tuple(sorted(_spoken()))


def _spoken() -> Iterator[str]:
    for file in _CATALOGUES.iterdir():
        name, _, kind = file.name.partition(".")
        if kind == "po":
            yield name


@cache
def _catalogue(language: str) -> GNUTranslations:
    """The sentences of one language, read when it is first spoken."""
    return read_catalogue(_CATALOGUES / f"{language}.po")


def read_catalogue(file: Traversable) -> GNUTranslations:
    """The sentences of one ``.po`` file."""
    return GNUTranslations(BytesIO(polib.pofile(file.read_text(encoding="utf-8")).to_binary()))
