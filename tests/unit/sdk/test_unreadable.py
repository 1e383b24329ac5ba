"""Whatever an adapter was sent can be kept, bounded, and read back by it."""

import json
from typing import Any

import pytest

from bridge.sdk.cleaning import LONGEST_RAW
from bridge.sdk.unreadable import unreadable
from bridge.store.claim import MESSAGE


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "sent",
    [
        {"text": "\ud800 half, NUL \0, 你好"},
        b"\xff\x00 no text",
        "half \udc00 and \0",
        {"huge": "x" * (LONGEST_RAW * 2)},
        {"depth": nested(100_000)},
        {"bytes": b"no json"},
        None,
    ],
    ids=["json", "bytes", "text", "huge", "deep", "not json", "nothing"],
)
def test_anything_can_be_kept(sent: Any) -> None:
    kept = unreadable("helpdesk", sent, KeyError("private words"))
    stored = MESSAGE.dump_json(kept.as_message()).decode()

    assert kept.as_message() == MESSAGE.validate_json(stored)
    assert "\0" not in kept.raw
    assert len(kept.raw) < LONGEST_RAW + 50
    assert "unreadable: KeyError" == kept.reason


def test_json_comes_back_as_it_was() -> None:
    update = {"update_id": 1, "text": "\ud800 and \0"}

    assert update == json.loads(unreadable("helpdesk", update, ValueError()).raw)


def test_the_same_content_is_the_same_delivery_unless_it_has_a_key() -> None:
    one, again, other = (unreadable("h", sent, ValueError()).dedupe_key for sent in (b"x", b"x", b"y"))

    assert one == again
    assert one != other
    assert "7" == unreadable("h", b"x", ValueError(), key="7").dedupe_key
