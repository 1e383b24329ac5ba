"""The buttons about one answer, in the language of its asker: Stop while it grows, Retry below one that broke off."""

from bridge.sdk.answers import TurnButton
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import CommandName
from bridge.store.claim import Turn


def stop_button(turn: Turn) -> TurnButton:
    """The button that stops the answer while it grows."""
    return _button(turn, CommandName.STOP, MessageId.STOP_BUTTON)


def retry_button(turn: Turn) -> TurnButton:
    """The button that asks the question of that turn once more."""
    return _button(turn, CommandName.RETRY, MessageId.RETRY_BUTTON)


def _button(turn: Turn, command: CommandName, label: MessageId) -> TurnButton:
    return TurnButton(command=command, turn_key=turn.key, label=translate(label, turn.message.author.language))
