"""A story in which each thing that is said is answered once, and the questions that the bot was asked by it, as a text to read."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from simulators.coze.records import Chat
from simulators.coze.script import Pause, Say, Script, Turn
from tests.scenarios.harness import BridgeHarness

Screen = Callable[[], Sequence[str]]
"""What the bot has said in one place, and is done with."""

WITNESSED = Path(__file__).parent / "questions"
"""Where the texts lie; one that is missing is written, to be read by whoever commits it."""


Deed = Callable[[], object]
"""What somebody does, such as to say something."""


class Story:
    """Told step by step: the next thing is said when the last one has been answered."""

    def __init__(self, bridge: BridgeHarness) -> None:
        self._bridge = bridge
        self._told: list[str] = []
        self._memories: list[str] = []
        self.messages = 0  #: that people have sent
        bridge.coze.responder = self._answer

    async def step(
        self,
        title: str,
        screen: Screen,
        *deeds: Deed,
        asks: int = 1,
        answers: int = 1,
        dies: str = "",
        meanwhile: Deed | None = None,
        after: Deed | None = None,
        says: str = "So far, ",
        rest: str = "so good.",
    ) -> None:
        """
        Have *deeds* done, each a message, and wait until the bot was asked so often and so many answers stand on the *screen*.

        *dies*: the daemon is killed ``before`` it hears of them, ``between`` the first and the others, or ``within`` the
        answer. *meanwhile*: done when the bot has said what it *says*, and not yet the *rest*; *after*: once the platform has
        told what was said.
        """
        before, shown = len(self._chats), len(screen())
        self.messages += len(deeds)
        if meanwhile or dies == "within":
            await self._halting(deeds, screen, meanwhile, says=says, rest=rest)
        elif dies:
            await (self._dying_before if dies == "before" else self._dying_between)(deeds)
        else:
            _do(deeds)
        if after:
            await self._bridge.until(self._is_told)
            after()
        await self._bridge.until(lambda: len(screen()) >= shown + answers and len(self._chats) >= before + asks)
        await self._bridge.until(lambda: not [chat for chat in self._chats if chat.running] and self._is_all_done())

        assert (asks, answers) == (len(self._chats) - before, len(screen()) - shown), (title, screen()[shown:])
        self._told.append("\n\n".join([f"── {len(self._told) + 1}. {title}", *map(self._shown, self._chats[before:])]))

    def witnessed(self, name: str) -> tuple[str, str]:
        """What is written under that *name*, and what was told now; answers that came later are no part of it."""
        told, file = "\n\n\n".join(self._told) + "\n", WITNESSED / f"{name}.txt"
        if not file.exists():
            file.write_text(told)
        return file.read_text(), told

    def _answer(self, _: Turn) -> Script:
        return (Say(("This is ", f"answer {len(self._chats)}.")),)

    def _is_told(self) -> bool:
        """Whether the platforms have told the daemon everything, and it has it on disk."""
        return not self._bridge.telegram.pending() and self._bridge.slack.courier.settled()

    def _is_all_done(self) -> bool:
        """Whether all that was said is answered."""
        if not self._is_told():
            return False
        with closing(sqlite3.connect(self._bridge.folder / "bridge.db")) as database:
            return not database.execute("SELECT id FROM inbox WHERE status < 2").fetchall()

    @property
    def _chats(self) -> list[Chat]:
        return self._bridge.coze.chats

    async def _dying_before(self, deeds: Sequence[Deed]) -> None:
        await self._bridge.kill()
        _do(deeds)
        await self._bridge.start()
        self._bridge.slack.hurry()

    async def _dying_between(self, deeds: Sequence[Deed]) -> None:
        first, *others = deeds
        first()
        await self._bridge.until(self._is_told)
        await self._bridge.kill(at_once=True)
        _do(others)
        await self._bridge.start()
        self._bridge.slack.hurry()

    async def _halting(
        self, deeds: Sequence[Deed], screen: Screen, meanwhile: Deed | None, *, says: str, rest: str
    ) -> None:
        """The daemon is killed in the middle of the answer, unless there is something else to do *meanwhile*."""
        coze, pause = self._bridge.coze, f"step {len(self._told) + 1}"
        shown, drafts = len(screen()), len(self._bridge.telegram.drafts)
        usual, coze.responder = coze.responder, lambda _: (Say((says,)), Pause(pause), Say((rest,)))
        _do(deeds)
        await self._bridge.paused(pause)
        coze.responder = usual
        if meanwhile is None:
            await self._bridge.kill()
        else:
            await self._bridge.until(lambda: len(screen()) > shown or len(self._bridge.telegram.drafts) > drafts)
            meanwhile()
        coze.go(pause)
        if meanwhile is None:
            await self._bridge.start()

    def _shown(self, chat: Chat) -> str:
        """What one chat was asked, and in which memory; the memories are counted as they come."""
        if chat.conversation_id not in self._memories:
            self._memories.append(chat.conversation_id)
        number = self._memories.index(chat.conversation_id) + 1
        files = "".join(f"\n[{line}]" for line in self._files(chat))
        return f"memory {number}\n{_indented(_short(chat.question) + files)}"

    def _files(self, chat: Chat) -> Iterator[str]:
        """The files that came with the question, as the bot was given them."""
        asked = [call for call in self._bridge.coze.called("chat") if call.ok]
        for content in asked[self._chats.index(chat)].params["additional_messages"]:
            items = json.loads(content["content"]) if content["content_type"] == "object_string" else []
            for item in (item for item in items if item["type"] != "text"):
                yield f"{item['type']}: {self._bridge.coze.files[item['file_id']].name}"


def _do(deeds: Sequence[Deed]) -> None:
    for deed in deeds:
        deed()


def _short(text: str) -> str:
    """A long line of one letter again and again, as how often it stands there."""
    return "\n".join(f"{line[:3]}… ({len(line)} characters)" if len(line) > 300 else line for line in text.split("\n"))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
