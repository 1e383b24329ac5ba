"""An answer longer than any message may be: nothing is lost, nothing is cut, and it looks as it should."""

import re
from typing import Final

import pytest

from simulators.coze.demo_bot import story
from simulators.coze.script import Say
from tests.scenarios.harness import BridgeHarness, TelegramTalk

STORY = story(20_000)
CODE = [line.strip() for line in STORY.splitlines() if line.startswith("    total += weigh")]
CHAPTERS = STORY.count("**Chapter")


def pieces(text: str, size: int = 80) -> tuple[str, ...]:
    """*text* as a bot streams it."""
    return tuple(text[at : at + size] for at in range(0, len(text), size))


async def hear_the_story(bridge: BridgeHarness, where: str) -> list[str]:
    """Ask for it somewhere, and give the messages it came in."""
    talk = bridge.someone(where)
    bridge.plays(f"tell {where}", Say(pieces(STORY)))
    talk.says(f"tell {where}")
    await talk.until(lambda: talk.answers and f"Chapter {CHAPTERS}." in talk.answers[-1])
    last = f"{CHAPTERS}, and a light that is not ours"
    await talk.until(lambda: last in talk.answers[-1] and talk.answers[-1].rstrip().endswith("🌊"))
    return talk.answers


class TestTwentyThousandCharacters:
    """Headings, a table, lists, a quotation, forty chapters, and code that fits into no message."""

    @pytest.mark.parametrize("where", ["in_private", "in_group", "in_dm", "in_thread"])
    async def test_everything_arrives_in_order_and_once(self, shared_bridge: BridgeHarness, where: str) -> None:
        said = "\n".join(await hear_the_story(shared_bridge, where))

        assert CODE == [line.strip() for line in said.splitlines() if "weigh(item" in line]
        assert [*range(1, CHAPTERS + 1)] == [int(number) for number in re.findall(r"Chapter (\d+)\.", said)]
        assert 1 == len(shared_bridge.asked(f"tell {where}"))
        assert all(word in said for word in ("Aurora", "Xiamen 厦门", "Light the lamp", "A quotation", "Wait."))

    @pytest.mark.parametrize("where", ["in_private", "in_group"])
    async def test_on_telegram_it_is_formatted_and_every_message_fits(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        talk = shared_bridge.someone(where)
        assert isinstance(talk, TelegramTalk)
        shared_bridge.plays(f"show {where}", Say(pieces(STORY)))
        talk.says(f"show {where}")
        await talk.until(lambda: talk.answers and talk.answers[-1].rstrip().endswith("🌊") and len(talk.answers) > 5)
        messages = [one for one in shared_bridge.telegram.messages(talk.chat) if one.sender_is_bot]
        with_code = [one for one in messages if "weigh(item" in one.text]

        assert all(len(one.text.encode("utf-16-le")) // 2 <= 4096 for one in messages)
        assert len(with_code) > 1
        for one in with_code:
            [block] = [entity for entity in one.entities if entity.get("language") == "python"]
            inside = one.text.encode("utf-16-le")[block["offset"] * 2 : (block["offset"] + block["length"]) * 2]
            assert one.text.count("weigh(item") == inside.decode("utf-16-le").count("weigh(item")
            assert "pre" == block["type"]
        kinds = {entity["type"] for one in messages for entity in one.entities}
        assert {"bold", "italic", "pre", "text_link", "blockquote"} <= kinds
        assert not any("```" in one.text or "**" in one.text for one in messages)

    @pytest.mark.parametrize("where", ["in_dm", "in_thread"])
    async def test_on_slack_it_is_markdown_and_every_message_fits(
        self, shared_bridge: BridgeHarness, where: str
    ) -> None:
        said = await hear_the_story(shared_bridge, where)

        assert all(len(text) <= 12_000 for text in said)
        assert all(text.count("```") % 2 == 0 for text in said), (
            "a block of code is closed in the message it is opened in"
        )
        assert "[link](https://example.com)" in "".join(said)


async def test_sixty_thousand_characters_stand_in_their_thread(shared_bridge: BridgeHarness) -> None:
    ann, tale = shared_bridge.in_thread("Ann"), story(60_000)
    chapters = tale.count("**Chapter")
    shared_bridge.plays("tell all", Say(pieces(tale, 400)))
    ann.says("tell all")
    last = f"{chapters}, and a light that is not ours"
    await ann.until(lambda: ann.answers and last in ann.answers[-1] and ann.answers[-1].rstrip().endswith("🌊"))
    said = "\n".join(text for text in ann.answers)

    assert [*range(1, chapters + 1)] == [int(number) for number in re.findall(r"Chapter (\d+)\.", said)]
    assert all(text.count("```") % 2 == 0 and len(text) <= 12_000 for text in ann.answers)
    assert {ann.root} == {message.thread_ts for message in ann.said()}


class TestALongTable:
    """Who reads its third message knows what the columns are."""

    ROWS: Final = [f"| row {number} | {number * number} | {'x' * 9} |" for number in range(450)]
    HEADS: Final = {"| item | square | rest |": r"item +│ square", "| 名称 | 数量 | 备注 |": r"名称 +│ 数量"}

    @pytest.mark.parametrize("head", HEADS)
    @pytest.mark.parametrize("where", ["in_group", "in_thread"])
    async def test_has_its_head_in_each_message(self, shared_bridge: BridgeHarness, where: str, head: str) -> None:
        talk, table = shared_bridge.someone(where), "\n".join([head, "|---|---|---|", *self.ROWS])
        question = f"the table {where} {head}"
        shared_bridge.plays(question, Say(pieces(f"Here it is:\n\n{table}\n\nThat was it.")))
        talk.says(question)
        await talk.until(lambda: talk.answers and talk.answers[-1].rstrip().endswith("That was it."))
        shown = [answer for answer in talk.answers if "row " in answer]

        assert 2 <= len(shown)
        assert [*range(450)] == [int(number) for answer in shown for number in re.findall(r"row (\d+)", answer)]
        assert [] == [answer[:60] for answer in shown if not re.search(f"{self.HEADS[head]}|{re.escape(head)}", answer)]
