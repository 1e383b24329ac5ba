"""
What Telegram refuses, in its own words: the rules about text, entities, links and keyboards.

Nothing here remembers anything; each function takes what a bot sent and gives what Telegram makes of it, or raises
`Refused`.
Lengths and offsets are counted in UTF-16 code units, as on the wire.
"""

from collections.abc import Iterator
from typing import Any

from simulators.telegram.links import link_error
from simulators.telegram.markup import parse_html, parse_markdown
from simulators.telegram.refused import Refused

Entity = dict[str, Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
RAW_LIMIT = 1 << 15  # bytes a text may have before it is parsed
ENTITY_LIMIT = 100  # surplus ones are lost without a word

#: Entities a bot may ask for.
STYLES = frozenset({
    "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
    "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time",
})  # fmt: skip
CODE = frozenset({"code", "pre"})
SPLITTABLE = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
#: Entities Telegram finds by itself, and therefore ignores when a bot names them.
FOUND = frozenset({
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number", "media_timestamp",
})  # fmt: skip

#: What Telegram shows of characters that control something: one blank each.
#: https://github.com/tdlib/td/blob/master/td/telegram/misc.cpp (clean_input_string)
BLANKS = dict.fromkeys([*range(10), 11, 12, *range(14, 32)], " ")

#: The only reactions there are; an excerpt of Telegram's list.
REACTIONS = frozenset(
    "❤👍👎🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡"
)

ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


def utf16(text: str) -> int:
    """The length of *text* in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) >> 1


def formatted(
    params: dict[str, Any],
    *,
    field: str = "text",
    limit: int = TEXT_LIMIT,
    empty: str | None = "message text is empty",
    too_long: str = "message is too long",
) -> tuple[str, list[Entity]]:
    """The text and entities a message would show; *empty* says how to refuse none, None that none is fine."""
    text = str(params.get(field) or "")
    if not text:
        if empty:
            raise Refused(empty)
        return "", []
    if _size(text) > RAW_LIMIT:
        raise Refused("text is too long")
    text, entities = _parsed(text, params, "entities" if field == "text" else "caption_entities")
    text = text.translate(BLANKS)
    text, entities = trimmed(text, entities)
    if not text and empty:
        raise Refused("text must be non-empty")
    if utf16(text) > limit:
        raise Refused(too_long)
    return text, entities[:ENTITY_LIMIT]


def _size(text: str) -> int:
    """How many bytes *text* takes."""
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:  # half a surrogate pair, as JSON can spell it
        raise Refused("strings must be encoded in UTF-8") from error


def _parsed(text: str, params: dict[str, Any], field: str) -> tuple[str, list[Entity]]:
    mode = str(params.get("parse_mode") or "").lower()
    match mode:
        case "":
            return text, valid(text, params.get(field) or [])
        case "html":
            text, entities = parse_html(text)
            return text, [
                entity for entity in entities if entity["type"] != "text_link" or link_error(entity["url"]) is None
            ]
        case "markdown" | "markdownv2":
            return parse_markdown(text, legacy=mode == "markdown"), []
        case _:
            raise Refused("unsupported parse_mode")


def valid(text: str, entities: Any) -> list[Entity]:
    """The *entities* that *text* may have, in order; those Telegram finds by itself are left out."""
    if not entities:
        return []
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise Refused("can't parse entities JSON object")
    size, middles = utf16(text), _middles(text)
    kept = [entity for entity in entities if _wanted(entity, size, middles)]
    return sorted(_code_first(kept), key=lambda entity: (entity["offset"], -entity["length"]))


def _code_first(entities: list[Entity]) -> list[Entity]:
    """
    *entities* without what stands where code is: a style goes on behind it, and a link that has code in it is lost.

    https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp (fix_entities)
    """
    code = sorted(
        (entity["offset"], entity["offset"] + entity["length"]) for entity in entities if entity["type"] in CODE
    )
    kept: list[Entity] = []
    for entity in entities:
        if entity["type"] in CODE | QUOTES:
            kept.append(entity)
        elif entity["type"] in SPLITTABLE:
            kept.extend(_beside(entity, code))
        elif not any(start < entity["offset"] + entity["length"] and entity["offset"] < end for start, end in code):
            kept.append(entity)
    return kept


def _beside(entity: Entity, code: list[tuple[int, int]]) -> Iterator[Entity]:
    """The pieces of *entity* in which no *code* is."""
    begin, end = entity["offset"], entity["offset"] + entity["length"]
    for start, stop in [*code, (end, end)]:
        if begin < min(start, end):
            yield {**entity, "offset": begin, "length": min(start, end) - begin}
        begin = max(begin, stop)


def _wanted(entity: Entity, size: int, middles: set[int]) -> bool:
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if kind in FOUND:
        return False
    if kind not in STYLES:
        raise Refused("can't parse MessageEntity: Unsupported type specified")
    if not isinstance(offset, int) or not 0 <= offset <= 1_000_000:
        raise Refused(f"receive an entity with incorrect offset {offset}")
    if not isinstance(length, int) or not 0 <= length <= 1_000_000:
        raise Refused(f"receive an entity with incorrect length {length}")
    if length == 0:
        return False
    if offset + length > size:
        raise Refused(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {offset + length}"
        )
    if offset in middles:
        raise Refused(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if offset + length in middles:
        raise Refused(f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol")
    if kind == "text_link" and (why := link_error(str(entity.get("url") or ""))):
        raise Refused(f"entity URL '{entity.get('url')}' is invalid: {why}")
    return True


def _middles(text: str) -> set[int]:
    """The offsets that would cut a surrogate pair."""
    if text.isascii():
        return set()
    found, at = set(), 0
    for character in text:
        if ord(character) > 0xFFFF:
            found.add(at + 1)
            at += 1
        at += 1
    return found


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """*text* without white space around it, and the *entities* moved along; a leading one stays where an entity begins."""
    end = text.rstrip(" \n\t\r")
    start = len(end) - len(end.lstrip(" \n\t\r"))
    if not entities or not end:
        return end[start:], []
    start = min(start, entities[0]["offset"])  # white space is one unit each
    size = utf16(end)
    kept = []
    for entity in entities:
        length = min(entity["offset"] + entity["length"], size) - entity["offset"]
        if length > 0:
            kept.append({**entity, "offset": entity["offset"] - start, "length": length})
    return end[start:], kept


def keyboard(markup: Any) -> dict[str, Any] | None:
    """The inline keyboard of *markup*, checked; None for none, and for the kinds that are not shown in the message."""
    if markup in (None, "", {}):
        return None
    if not isinstance(markup, dict):
        raise Refused("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused('field "inline_keyboard" must be of type Array')
    rows = [row for row in rows if row]
    for row in rows:
        for button in row:
            _check_button(button)
    if sum(map(len, rows)) > 100:
        raise Refused("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise Refused('can\'t parse inline keyboard button: Field "text" must be of type String')
    if "callback_data" in button:
        if not 1 <= len(str(button["callback_data"]).encode()) <= 64:
            raise Refused("BUTTON_DATA_INVALID")
    elif "url" in button:
        if why := link_error(str(button["url"])):
            raise Refused(f"inline keyboard button URL '{button['url']}' is invalid: {why}")
    elif len(button) == 1:
        raise Refused("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
