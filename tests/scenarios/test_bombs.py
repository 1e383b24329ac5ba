"""Answers that are made to be hard to read as Markdown: each is shown to its end, and everybody else is answered meanwhile."""

import pytest

from simulators.coze.script import Say
from tests.scenarios.harness import BridgeHarness

END = "\n\nThe end."
GROWN = 128 << 20
"""Bytes by which the daemon may have grown at most."""

HARD = {
    "one line": "x",
    "asterisks": "*",
    "underscores": "_a",
    "brackets": "[",
    "links in links": "[a](https://a.b/",
    "links": "[a](https://a.b/c) ",
    "quotations in quotations": ">",
    "strong in weak in strong": "**a *b ",
    "backticks": "`",
    "fences": "```\na\n",
    "cells": "a|",
    "tags": "<b>",
    "angles": "<",
    "entities": "&amp;",
    "formulas": "$a$ ",
    "pictures": "![a](http://127.0.0.1/a.png) ",
    "footnotes": "[^1]",
    "definitions": "[x]: https://a.b\n",
    "backslashes": "\\",
    "lists in lists": "- ",
    "joined signs": "\U0001f468\u200d",
    "accents": "e\u0301\u0301\u0301",
}
"""What each is full of."""


@pytest.mark.parametrize("where", ["in_private", "in_dm"])
@pytest.mark.parametrize("length", [9_000, pytest.param(100_000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
async def test_each_is_shown_to_its_end(shared_bridge: BridgeHarness, where: str, length: int) -> None:
    bridge, before = shared_bridge, shared_bridge.peak_memory()
    people, given_up = {name: bridge.someone(where) for name in HARD}, bridge.log.count("turn.dead_lettered")
    for name, ann in people.items():
        text = (HARD[name] * length)[:length] + END
        bridge.plays(f"{name} {where} {length}", Say(tuple(text[at : at + 1000] for at in range(0, len(text), 1000))))
        ann.says(f"{name} {where} {length}")
    bob = bridge.someone(where)
    bob.says("honest words")
    await bob.reads("You said: honest words")
    for ann in people.values():
        await ann.until(lambda ann=ann: "The end." in "".join(ann.answers), within=length / 100)

    assert [] == [name for name, ann in people.items() if "The end." not in "".join(ann.answers)]
    assert given_up == bridge.log.count("turn.dead_lettered")
    assert bridge.peak_memory() - before < GROWN
