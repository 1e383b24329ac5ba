"""What Telegram allows, each with the page that says so."""

from typing import Final

MESSAGE_LONGEST: Final = 4096
"""UTF-16 units of a text. https://core.telegram.org/bots/api#sendmessage"""

ENTITIES_MOST: Final = 100
"""Of one message; surplus ones are lost on Telegram's side without a word. Seen, not documented."""

BUTTON_DATA_LONGEST: Final = 64
"""Bytes of what a button says to us. https://core.telegram.org/bots/api#inlinekeyboardbutton"""

NOTE_LONGEST: Final = 200
"""Code points of what appears for a moment when a button is pressed. https://core.telegram.org/bots/api#answercallbackquery"""

PHOTO_LARGEST: Final = 10 << 20
"""Bytes of a picture that is shown as one. https://core.telegram.org/bots/api#sendphoto"""

ALBUM_MOST: Final = 10
"""Pictures in one. https://core.telegram.org/bots/api#sendmediagroup"""
