"""
What may go wrong, sorted by what the bridge does about it.

* BridgeError
  x ConfigError         the file is wrong: say where, and do not start
  x LeaseLost           another replica has the turn now: stop, and send nothing more
  x QuestionEdited      its author asks something else by now: begin the turn anew
  x Bug                 a fault of ours: nobody expected it
  x Later               true in a moment: try again
    + RateLimited       ... when they say so
    + Unreachable       ... when they are back; what we sent has surely not been done
    + Uncertain         ... after looking: what we sent may have been done
    + Occupied          ... when the chat that somebody else runs in the conversation has ended
    + ChatFailed        ... perhaps, if we ask once more: this chat has ended without an answer
  x Never               will not come true by waiting: tell the person, tell the operator
    + StoppedByPerson   the person ended the growing message by a button of the platform's: leave it as it is
    + Unauthorised      the far side does not know us
    + Refused           the far side knows us, and says no
      - FileTooBig      ... to a file, for its size
    + Garbled           the far side broke its own protocol
    + ConversationLost  the conversation we remember is not there any more: begin a new one, once
    + MessageGone       the message we wanted to change is not there any more: post a new one
    + ChatGone          nobody can be answered in that place any more
"""

from enum import StrEnum

from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.redaction import Redacted, mask, redact


class Aspect(StrEnum):
    """What about the form of a message a platform may refuse, while its content is welcome."""

    FORMATTING = "formatting"  #: how its words look; also any refusal whose reason is unknown
    BUTTONS = "buttons"
    REPLY = "reply"  #: that it refers to a message
    THREAD = "thread"  #: the thread or topic that it is posted in
    LENGTH = "length"


class BridgeError(Exception):
    """A failure the bridge expected might happen, in words for two readers."""

    message_id: MessageId = MessageId.FAILED_GENERIC
    """The sentence for the person."""

    def __init__(self, detail: str, *, message_id: MessageId | None = None, log_id: str | None = None) -> None:
        self.detail = redact(detail)  #: for the operator's log, never for the chat; without what must not be told
        super().__init__(self.detail)
        self.log_id = log_id  #: the far side's own name for this failure, to show its support
        if message_id is not None:
            self.message_id = message_id

    def sentence(self, language: str | None) -> str:
        """What the person reads of it, in their language."""
        return translate(self.message_id, language)


class ConfigError(BridgeError):
    """The config file is wrong; *detail* has all complaints, one a line, which may quote the file but no secret of it."""

    def __init__(self, detail: str) -> None:
        super().__init__(Redacted(mask(detail)))


class LeaseLost(BridgeError):
    """Somebody else has this turn now."""


class QuestionEdited(BridgeError):
    """The author of the question asks something else by now, and nobody is asked the old one any more."""


class Bug(BridgeError):
    """An exception nobody expected, by the name of its kind alone: its words may quote what people wrote."""


class Later(BridgeError):
    """What failed will be possible again."""

    message_id = MessageId.LATER
    patience: float | None = None
    """Seconds of such failures after which a message is given up; None: as long as messages wait at all."""

    def __init__(
        self,
        detail: str,
        *,
        retry_after: float | None = None,
        patience: float | None = None,
        message_id: MessageId | None = None,
        log_id: str | None = None,
    ) -> None:
        super().__init__(detail, message_id=message_id, log_id=log_id)
        self.retry_after = retry_after  #: seconds the far side asked us to wait, if it said
        if patience is not None:
            self.patience = patience


class RateLimited(Later):
    """We asked too often."""

    message_id = MessageId.RATE_LIMITED


class Unreachable(Later):
    """Nobody answered, and nothing was done."""


class Uncertain(Later):
    """Nobody answered in time; what we asked for may have been done all the same."""


class Occupied(Later):
    """Another chat runs in the conversation."""

    message_id = MessageId.BUSY


class ChatFailed(Later):
    """The bot's side failed while it answered; that chat will not go on."""

    patience = 600.0


class Never(BridgeError):
    """What failed will fail again."""

    aspect: Aspect | None = None
    """What to do without, so that the content is taken; None: it is not the form that is refused."""


class StoppedByPerson(Never):
    """The person has ended the growing message by a button of the platform's own; it stays as it is."""


class Unauthorised(Never):
    """The far side does not know us, or not for this."""

    message_id = MessageId.BOT_MISCONFIGURED


class Refused(Never):
    """The far side understood, and says no."""

    aspect: Aspect | None = Aspect.FORMATTING


class FileTooBig(Refused):
    """The file has more bytes than may pass through."""

    message_id = MessageId.FILE_UNUSABLE
    aspect: Aspect | None = None


class Garbled(Never):
    """The far side broke its own protocol."""


class ConversationLost(Never):
    """The conversation is not there any more."""

    message_id = MessageId.MEMORY_RESET


class MessageGone(Never):
    """The message is not there any more, or may not be changed."""


class ChatGone(Never):
    """We may not speak in that place any more."""
