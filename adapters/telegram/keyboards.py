"""
The buttons below our newest messages, for presses that come without them.

With a press Telegram shows the message and its buttons, unless it considers the message too old; other servers may show
less: https://core.telegram.org/bots/api#inaccessiblemessage.
"""

from typing import Any, Final

KEYBOARDS_MOST: Final = 2_000  # messages

Json = dict[str, Any]


class ShownKeyboards:
    """The keyboards of one bot's newest `KEYBOARDS_MOST` messages with buttons, since the process began."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, int], Json] = {}

    def record(self, chat: str, message: int, keyboard: Json | None) -> None:
        """Note the message's *keyboard*; None if it has none any more."""
        self._shown.pop((chat, message), None)
        if keyboard:
            self._shown[chat, message] = keyboard
        if len(self._shown) > KEYBOARDS_MOST:
            del self._shown[next(iter(self._shown))]

    def completed(self, update: Json) -> Json:
        """*update*; if it is a press without the buttons of a message that we know, with them."""
        match update:
            case {"callback_query": {"message": {"chat": {"id": int(chat)}, "message_id": int(number)} as message}}:
                keyboard = self._shown.get((str(chat), number))
            case _:
                return update
        if keyboard is None or "reply_markup" in message:
            return update
        return update | {"callback_query": update["callback_query"] | {"message": message | {"reply_markup": keyboard}}}
