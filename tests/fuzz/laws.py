"""What holds of every message, however it came about."""

import json
import re
from dataclasses import asdict

from bridge.sdk.model import Inbound
from bridge.store.claim import MESSAGE

LONGEST_ROW = 4 << 20
"""Bytes of a stored message: its text may have 400,000 code points of four bytes each, and a quote some more."""

UNSOUND = re.compile("[\0\ud800-\udfff]")


def can_be_claimed(message: Inbound) -> None:
    """What is kept of *message* is read again as it was, by any database, and no longer than a message may be."""
    row = MESSAGE.dump_json(message)

    assert message == MESSAGE.validate_json(row)
    assert not UNSOUND.search(json.dumps(asdict(message), ensure_ascii=False))
    assert len(row) < LONGEST_ROW
    assert all(message.dedupe_keys)
    assert len(message.dedupe_keys) == len(set(message.dedupe_keys))
