"""The entities Telegram finds by itself in what a person writes."""

from typing import Any

from simulators.telegram.rules import utf16


def found(text: str) -> list[dict[str, Any]]:
    """The entities Telegram finds in what a person writes."""
    entities, at = [], 0
    for word in text.replace("\n", " ").split(" "):
        if kind := _kind(word):
            length = utf16(_core(word)) if kind != "url" else utf16(word)
            entities.append({"type": kind, "offset": at, "length": length})
        at += utf16(word) + 1
    return entities


def _core(word: str) -> str:
    end = 1
    while end < len(word) and (word[end].isalnum() or word[end] in "_@"):
        end += 1
    return word[:end]


def _kind(word: str) -> str | None:
    if word.startswith(("http://", "https://")):
        return "url"
    if len(_core(word)) > 1:
        match word[0]:
            case "/":
                return "bot_command"
            case "@" if len(_core(word)) > 4:
                return "mention"
    return None
