# ruff: noqa: RUF001 - Chinese has its own punctuation
"""
The bot that answers when no test wrote a script: friendly, with a memory, and deterministic.

It reads what was said so far in the conversation, so a demo can show that the memory is real.
"""

import re

from simulators.coze.script import FollowUps, Say, Script, Turn

DELTAS = 40  #: how many pieces a usual answer streams in
HAN = re.compile(r"[\u4e00-\u9fff]")

CODE_LINE = "    total += weigh(item={n}, colour='green')  # step {n} of the walk\n"
LONG_CODE = 90  #: lines; together longer than any single chat message may be
PARAGRAPH = (
    "**Chapter {n}.** The lighthouse keeper counted the ships again, and again there was one too many. "
    "She wrote it into the book — _“{n}, and a light that is not ours”_ — and went up the stairs, "
    "where the lamp hummed its only song & the sea, 0 < x < ∞, answered. 🌊\n\n"
)
TABLE = "| ship | mast | bound for |\n|---|---:|---|\n| *Aurora* | 3 | Xiamen 厦门 |\n| *Petrel* | 2 | Reykjavík |\n\n"
LIST = "1. Count the ships.\n2. Light the lamp:\n   - oil first,\n   - then the wick.\n3. ~~Sleep~~ Wait.\n\n"


def friendly(turn: Turn) -> Script:
    """What the bot of the demo does with *turn*."""
    text = _answer(turn)
    suggested = ("What did I say first?", "Tell me a long story")
    return (Say(pieces(text)), FollowUps(suggested))


def pieces(text: str, count: int = DELTAS) -> tuple[str, ...]:
    """*text* in about *count* pieces, long ones in pieces of a usual size."""
    size = min(max(1, -(-len(text) // count)), 48)
    return tuple(text[at : at + size] for at in range(0, len(text), size))


def story(length: int) -> str:
    """A long deterministic answer with all of Markdown in it, *length* characters give or take a chapter."""
    said = [
        "# The keeper of the ninth light\n\n",
        TABLE,
        LIST,
        code(),
        "> A quotation, and a [link](https://example.com).\n\n",
    ]
    number = 0
    while sum(map(len, said)) < length:
        number += 1
        said.append(PARAGRAPH.format(n=number))
    return "".join(said)


def code() -> str:
    """A fenced block longer than a chat message may be."""
    lines = "".join(CODE_LINE.format(n=n) for n in range(LONG_CODE))
    return f"```python\ndef walk(items):\n    total = 0\n{lines}    return total\n```\n\n"


def _answer(turn: Turn) -> str:
    asked = turn.text.lower()
    if "第一句" in asked:
        said = next((content for role, content in turn.history if role == "user"), turn.text)
        return f"你说的第一句话是：\n\n> {said}"
    if "first" in asked and ("say" in asked or "said" in asked):
        return _first(turn)
    if "long story" in asked or "长故事" in asked:
        return story(20_000 if "20000" in asked else 9_000)
    if "write code" in asked or "code" in asked.split():
        return f"Here is a **walk**, as asked:\n\n{code()}It adds up *everything* it meets."
    if HAN.search(turn.text):
        return _chinese(turn)
    return _english(turn)


def _first(turn: Turn) -> str:
    said = next((content for role, content in turn.history if role == "user"), None)
    if said is None:
        return "This **is** the first thing you have said to me."
    return f"The first thing you said was:\n\n> {said}\n\nI have not forgotten. 😊"


def _english(turn: Turn) -> str:
    before = sum(1 for role, _ in turn.history if role == "user")
    seen = "" if not turn.files else f"\n\nI also had a look at the {len(turn.files)} file(s) you sent."
    memory = "We have only just met." if not before else f"You have asked me {before} thing(s) before, and I remember."
    return (
        f"You said: {_echo(turn.text or '(nothing)', '*')} — a fine thing to say! 👋\n\n{memory} Here is what I can do:\n\n"
        "- remember **what you said first**,\n- tell you a *long story*,\n- `write code`, with tables and all.\n\n"
        f"Ask away.{seen}"
    )


def _echo(text: str, mark: str) -> str:
    """*text* between two marks or, where no marks reach over its lines, as a quotation."""
    return f"{mark}{text}{mark}" if "\n" not in text else f"\n\n> {text.replace(chr(10), f'{chr(10)}> ')}\n\n"


def _chinese(turn: Turn) -> str:
    before = sum(1 for role, _ in turn.history if role == "user")
    memory = "这是我们第一次聊天。" if not before else f"在此之前你问过我 {before} 个问题，我都记得。"
    return (
        f"你说的是：{_echo(turn.text, '**')}，很高兴收到你的消息！😊\n\n{memory}我可以：\n\n"
        "1. 记住你说过的第一句话；\n2. 讲一个很长的故事；\n3. 写一段代码，也会画表格。\n\n请继续问吧。"
    )
