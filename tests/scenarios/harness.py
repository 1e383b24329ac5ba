"""
A bridge to tell stories of: the platforms played by us, the real daemon in processes of its own, and people who talk.

    async with BridgeHarness(folder, database_url) as bridge:
        await bridge.start()
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await ann.reads("Good morning.")
        assert await bridge.terminate() == 0  # nothing more can come now

Rule: nothing here sleeps. Whoever waits, waits for something that the platforms see.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from simulators.coze import BOT, TOKEN, Coze
from simulators.coze.records import Chat
from simulators.coze.script import Pause, Say, Script, Step, Turn
from simulators.server import Simulator
from simulators.slack import Slack
from simulators.slack.model import Message
from simulators.slack.model import Person as SlackPerson
from simulators.telegram import Telegram
from simulators.telegram.world import Message as TelegramMessage
from simulators.telegram.world import Person as TelegramPerson
from tests.scenarios import forkserver, told
from tests.scenarios.faulty_proxy import FaultyProxy

READ_AGAIN = 0.1
PATIENCE = 60.0
"""Seconds for anything to happen on a busy machine; no test measures time by it."""


@dataclass(slots=True)
class Replica:
    """One process of the daemon."""

    process: forkserver.Daemon | asyncio.subprocess.Process
    log: Path


class BridgeHarness:
    """The outside, and the daemon in the middle of it, as often as it is started."""

    def __init__(self, folder: Path, database: str, *, faulty_network: bool = False, **sections: object) -> None:
        self.folder = folder
        self.database = database
        self.sections = sections  #: of the config, beyond what every story needs
        self.coze, self.telegram, self.slack = Coze(), Telegram(), Slack()
        self.coze.every = 0.005
        self.telegram.time_scale = 0.05  # its pauses for those who ask too often are none of our stories
        self.coze.responder = self._respond
        self.proxies: dict[str, FaultyProxy] = {}  #: to the far sides; none unless the network is faulty
        self._faulty_network = faulty_network
        self.scripts: dict[str, Script] = {}
        self.replicas: dict[str, Replica] = {}
        self.trees: dict[str, Path] = {}  #: of the replicas that run another version than this one
        self.pages: list[str] = []  #: as they were before a daemon ended
        self._stirred = asyncio.Event()

    async def __aenter__(self) -> Self:
        for platform in (self.coze, self.telegram, self.slack):
            await platform.__aenter__()
            platform.listen(self._stirred.set)
        if self._faulty_network:
            for name, url in self._urls().items():
                self.proxies[name] = await FaultyProxy(url).__aenter__()
        self.config.write_text(yaml.safe_dump(self._settings(), allow_unicode=True))
        return self

    async def __aexit__(self, *failure: object) -> None:
        for name in self._running():
            await self.kill(name)
        await self.read_printed()
        for proxy in self.proxies.values():
            await proxy.__aexit__()
        for platform in (self.slack, self.telegram, self.coze):
            await platform.__aexit__(None, None, None)
        self.check_told()
        self.check_files()

    def check_files(self) -> None:
        """Whatever the story was, what the daemon has made is its owner's alone."""
        assert [] == [path.name for path in self.folder.glob("bridge.db*") if path.stat().st_mode & 0o077]

    def check_told(self) -> None:
        """Whatever the story was, no log, page or command tells a token, or anything that was said."""
        read = "\n".join((self.log, *self.pages, self.printed))
        secrets = told.secrets(self.telegram, self.slack, self.coze) | self._own_secrets()
        assert [] == [secret for secret in secrets if secret in read]
        found = told.repeated(read, told.said(self.telegram, self.slack, self.coze))
        assert set() == found - told.repeated(told.said_by_us(), found), "private words can be read"

    def _own_secrets(self) -> set[str]:
        """What the config in force keeps to itself, beside the tokens of the far sides."""
        settings = self._read_settings()
        keys = str(settings.get("privacy", {}).get("encryption_key") or "").split(",")
        return {secret for secret in (settings["http"].get("admin_token"), *keys) if secret}

    # The daemon

    @property
    def config(self) -> Path:
        """The daemon's config file."""
        return self.folder / "config.yaml"

    @property
    def printed(self) -> str:
        """What the commands have printed that an operator shows to others."""
        return self._printed.read_text() if self._printed.exists() else ""

    @property
    def log(self) -> str:
        """What all replicas have written to their logs, one after the other."""
        return "\n".join(f"--- {name}\n{one.log.read_text()}" for name, one in self.replicas.items())

    async def start(
        self, name: str = "a", *, telegram: bool = True, environment: Mapping[str, str] | None = None
    ) -> None:
        """
        Start a replica, with *environment* added to its own, and return once it hears both platforms.

        One replica alone hears a Telegram bot, and none while *telegram* is away.
        """
        polls = len(self.telegram.called("getUpdates"))
        leads = telegram and not self._running()
        sockets = len(self.slack.sockets.open)
        replica = self.replicas[name] = Replica(await self._spawn(name, environment or {}), self._log_of(name))
        ending = asyncio.create_task(replica.process.wait())
        hearing = asyncio.create_task(self._hears(sockets + SOCKETS, polls + 2 if leads else 0))
        await asyncio.wait({ending, hearing}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            raise AssertionError(f"expected a daemon that hears, got exit code {ending.result()}\n{self.log}")
        ending.cancel()
        await hearing

    async def kill(self, name: str = "a", *, at_once: bool = False) -> None:
        """End a replica as a power cut does, after its pages were read; *at_once*: in the very moment that the story is about."""
        if not at_once:
            await self.read_pages(name)
        await self._end(name, signal.SIGKILL)

    async def terminate(self, name: str = "a") -> int:
        """Ask a replica to end; gives its exit code."""
        await self.read_pages(name)
        return await self._end(name, signal.SIGTERM)

    def signal(self, number: int, name: str = "a") -> None:
        """Send a replica a signal, and wait for nothing."""
        self.replicas[name].process.send_signal(number)

    async def ended(self, name: str = "a") -> int:
        """The exit code of a replica that ends by itself."""
        async with asyncio.timeout(PATIENCE):
            code = await self.replicas[name].process.wait()
        await self.slack.until(lambda: len(self.slack.sockets.open) <= SOCKETS * len(self._running()), within=PATIENCE)
        return code

    async def _end(self, name: str, number: int) -> int:
        self.signal(number, name)
        return await self.ended(name)

    def peak_memory(self, name: str = "a") -> int:
        """The most bytes that a replica has had in memory."""
        status = Path(f"/proc/{self.replicas[name].process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) << 10

    def _running(self) -> list[str]:
        return [name for name, one in self.replicas.items() if one.process.returncode is None]

    async def _hears(self, sockets: int, polls: int) -> None:
        await self.slack.until(lambda: len(self.slack.sockets.open) >= sockets, within=PATIENCE)
        await self.telegram.until(lambda: len(self.telegram.called("getUpdates")) >= polls, within=PATIENCE)

    async def _spawn(self, name: str, more: Mapping[str, str]) -> forkserver.Daemon | asyncio.subprocess.Process:
        command, environment = ("run", "--config", str(self.config)), {**_environment(), **more}
        if name not in self.trees:
            return await forkserver.start(*command, environment=environment, log=self._log_of(name))
        with self._log_of(name).open("ab") as log:
            words, tree = (sys.executable, "-m", "bridge", *command), self.trees[name]
            return await asyncio.create_subprocess_exec(*words, cwd=tree, env=environment, stdout=log, stderr=log)

    async def read_pages(self, name: str = "a") -> str:
        """Whatever a running replica shows to its operator; searched at the end of the story, too."""
        lines = [line for line in self._log_of(name).read_text().splitlines() if "http.listening" in line]
        if not lines:
            return ""
        [address] = re.findall(r"\baddress\W+([\d.:]+)", lines[-1])
        self.pages.append(
            await told.pages(address, self._read_settings()["http"].get("admin_token") or "", within=10.0)
        )
        return self.pages[-1]

    async def read_printed(self) -> str:
        """What the commands print of all they know, and all of each message that is not answered; searched as the pages are."""
        known = await self.prints(*told.PRINTING)
        numbers = re.findall(r'^ *"id": (\d+)', known, re.MULTILINE)[:8]
        return known + (await self.prints(*(("inbox", "show", number) for number in numbers)) if numbers else "")

    async def prints(self, *commands: tuple[str, ...]) -> str:
        """What these commands print beside the daemon, data and errors."""
        called = [(*command, "--config", str(self.config)) for command in commands]
        before = len(self.printed)
        await forkserver.run(*called, environment=_environment(), output=self._printed)
        return self.printed[before:]

    @property
    def _printed(self) -> Path:
        return self.folder / "printed"

    def _read_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = yaml.safe_load(self.config.read_text())
        return settings

    def _log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _urls(self) -> dict[str, str]:
        return {"coze": self.coze.url, "telegram": self.telegram.url, "slack": self.slack.api_url}

    def _settings(self) -> dict[str, object]:
        urls = self._urls() | {name: proxy.url for name, proxy in self.proxies.items()}
        telegram = {"kind": "telegram", "api_url": urls["telegram"], "token": self.telegram.token}
        slack = {"kind": "slack", "api_url": urls["slack"]}
        slack |= {"bot_token": self.slack.bot_token, "app_token": self.slack.app_token}
        settings: dict[str, object] = {
            "database": self.database,
            "coze": {"main": {"base_url": urls["coze"], "token": TOKEN}},
            "bots": {"assistant": {"coze": "main", "bot_id": BOT}},
            "defaults": {"limits": {"messages": "1000/minute", "tokens": None}},
            "routes": [{"name": "everyone", "bot": "assistant"}],
            "log": {"level": "info", "format": "text"},
        }
        adapters = {"helpdesk": telegram, "acme": slack}
        for name, more in (self.sections.get("adapters") or {}).items():  # type: ignore[attr-defined]  # given as a mapping
            adapters[name] |= more
        http = {"listen": "127.0.0.1:0", "admin_token": told.ADMIN, **(self.sections.get("http") or {})}  # type: ignore[dict-item]  # given as a mapping
        return settings | self.sections | {"adapters": adapters, "http": http}

    async def until(self, something: Callable[[], object], *, within: float = PATIENCE) -> None:
        """Return as soon as *something* is true, whichever platform makes it so; of the log nobody tells, so it is read again."""
        async with asyncio.timeout(within):
            while not something():
                self._stirred.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), READ_AGAIN)

    # The bot

    def answers(self, question: str, *pieces: str, pause: str | None = None, then: Iterable[str] = ()) -> None:
        """Have the bot answer *question* with these *pieces*; with a *pause*, wait there for ``coze.go`` and say the rest."""
        self.plays(question, Say(pieces), *((Pause(pause), Say(tuple(then))) if pause else ()))

    def plays(self, question: str, *steps: Step) -> None:
        """Have the bot do exactly this whenever it is asked *question*."""
        self.scripts[question] = steps

    def asked(self, question: str) -> list[Chat]:
        """The bot's chats about *question*."""
        return [chat for chat in self.coze.chats if chat.question == question]

    async def half_said(self, *talks: "Talk", question: str, pause: str) -> None:
        """Have them all ask *question* and read half of its answer, in a message that the daemon knows well."""
        self.half(question, pause)
        for talk in talks:
            talk.says(question)
        for talk in talks:
            await talk.sees("So far")
        await self.coze.until(lambda: len(self.asked(question)) == len(talks))
        self.coze.go(f"{pause} 1")
        for talk in talks:
            await talk.sees("So far, so good")
        await self.paused(f"{pause} 2")

    def holds(self, platform: Simulator, method: str, word: str) -> asyncio.Event:
        """Have *platform* keep the next call of *method* that says *word* for ever; set once it has come."""
        came = asyncio.Event()

        def comes(params: dict[str, Any]) -> bool:
            if word in str(params):
                came.set()
            return came.is_set()

        platform.faults.add(method, delay=3600.0, when=comes)
        return came

    async def paused(self, name: str) -> None:
        """Wait until the bot has come to that pause."""
        await self.coze.until(lambda: name in self.coze.paused, within=PATIENCE)

    def half(self, question: str, pause: str) -> None:
        """Have the bot answer *question* in three breaths, with a pause called ``<pause> 1`` and ``<pause> 2`` between."""
        self.plays(
            question,
            Say(("So far, ",)),
            Pause(f"{pause} 1"),
            Say(("so good, ",)),
            Pause(f"{pause} 2"),
            Say(("and so on ", "to the end.")),
        )

    def _respond(self, turn: Turn) -> Script:
        """What was ordered for the question; otherwise it repeats what was said, or what was said first."""
        if turn.text in self.scripts:
            return self.scripts[turn.text]
        first = next((said for role, said in turn.history if role == "user"), "nothing")
        return (Say(("You ", f"said: {turn.text}" if turn.text != FIRST else f"began with: {first}")),)

    # The people

    def in_private(self, name: str, language: str = "en") -> "TelegramPrivate":
        """Somebody new, alone with the Telegram bot."""
        person = self.telegram.person(name, language=language)
        return TelegramPrivate(self.telegram, person, self.telegram.private(person))

    def in_group(self, name: str, chat: int | None = None, thread: int | None = None) -> "TelegramGroup":
        """Somebody new in a Telegram group, a new one unless given; *thread*: in that topic of it."""
        person = self.telegram.person(name)
        chat = self.telegram.group(f"{name}'s group", members=[person]) if chat is None else chat
        return TelegramGroup(self.telegram, person, chat, thread)

    def in_dm(self, name: str, locale: str = "en-US") -> "SlackDirect":
        """Somebody new in a direct message with the Slack app."""
        person = self.slack.person(name, locale)
        return SlackDirect(self.slack, person, self.slack.dm(person))

    def in_thread(self, name: str, channel: str | None = None, locale: str = "en-US") -> "SlackThread":
        """Somebody new, about to begin a thread in a Slack channel, a new one unless given."""
        person = self.slack.person(name, locale)
        channel = self.slack.channel(f"{name.lower()}-{len(self.slack.world.channels)}") if channel is None else channel
        return SlackThread(self.slack, person, channel)

    def everywhere(self, name: str) -> "list[Talk]":
        """Somebody of that name in each kind of place."""
        return [self.in_private(name), self.in_group(name), self.in_dm(name), self.in_thread(name)]

    def someone(self, where: str, name: str = "Ann") -> "Talk":
        """Somebody new in a place of that kind; the names of the kinds are those of `PLACES`."""
        talk: Talk = getattr(self, where)(name)
        return talk

    def __iter__(self) -> Iterator[Simulator]:
        yield from (self.coze, self.telegram, self.slack)


SOCKETS = 2  #: that each replica opens at Slack
FIRST = "what did I say first?"
WHOLE = "So far, so good, and so on to the end."
THUMBS = ("positive_button", "negative_button")
PLACES = ("in_private", "in_group", "in_dm", "in_thread")


@dataclass(slots=True, eq=False)
class Talk:
    """Somebody in one place, what they say there and what they read."""

    platform: Simulator

    def says(self, text: str) -> None:
        """Say something to the bot."""
        raise NotImplementedError

    def edits(self, text: str, *, earlier: int = 0) -> None:
        """Say *text* in place of what was said last, or so many messages before that."""
        raise NotImplementedError

    def tells(self, word: str) -> None:
        """Give the bridge a command, as people there write it."""
        self.says(f"/{word}")

    def presses(self, offer: str) -> None:
        """Press the newest button that says *offer*."""
        raise NotImplementedError

    def said(self) -> Sequence[Any]:
        """The bot's messages there."""
        raise NotImplementedError

    def buttons(self) -> Sequence[tuple[Any, str, Any]]:
        """Those below them: each with its message, and what it says to people and to us."""
        raise NotImplementedError

    @property
    def address(self) -> dict[str, str]:
        """By which an operator pushes something there."""
        raise NotImplementedError

    @property
    def offers(self) -> list[str]:
        """What can be pressed there, oldest first."""
        raise NotImplementedError

    @property
    def answers(self) -> list[str]:
        """What stands there from the bot and does not grow any more, oldest first."""
        raise NotImplementedError

    @property
    def growing(self) -> str:
        """What there is to read of an answer that grows, or the last that stands."""
        raise NotImplementedError

    @property
    def ids(self) -> list[str]:
        """The platform's ids of the bot's messages there."""
        raise NotImplementedError

    async def reads(self, *expected: str, within: float = PATIENCE) -> None:
        """Wait until exactly these answers stand there."""
        await self.until(lambda: self.answers == [*expected], within=within)

        assert [*expected] == self.answers

    async def sees(self, text: str) -> None:
        """Wait until *text* can be read in what grows."""
        await self.until(lambda: text in self.growing)

        assert text in self.growing

    async def gets(self, number: int) -> list[str]:
        """Wait for that many answers."""
        await self.until(lambda: len(self.answers) >= number)

        assert number == len(self.answers), self.answers
        return self.answers

    async def until(self, something: Callable[[], object], *, within: float = PATIENCE) -> None:
        """Wait for *something*, or until patience ends: the assertion that follows says it better than a timeout."""
        with suppress(TimeoutError):
            await self.platform.until(something, within=within)


@dataclass(slots=True, eq=False)
class TelegramTalk(Talk):
    """Somebody in a Telegram chat."""

    platform: Telegram
    person: TelegramPerson
    chat: int
    thread: int | None = None

    @property
    def address(self) -> dict[str, str]:
        """The chat, and the topic if it is one."""
        topic = {"thread": str(self.thread)} if self.thread else {}
        return {"adapter": "helpdesk", "chat": str(self.chat), **topic}

    def said(self) -> list[TelegramMessage]:
        """The bot's messages there."""
        posted = self.platform.messages(self.chat, self.thread)
        return [one for one in posted if one.sender_is_bot and not one.deleted and not one.service]

    def _spelt(self, text: str) -> str:
        """*text* as it is said to the bot there."""
        raise NotImplementedError

    def edits(self, text: str, *, earlier: int = 0) -> None:
        """Change a message; it is still said to the bot."""
        posted = self.platform.messages(self.chat, self.thread)
        own = [one.message_id for one in posted if one.sender == self.person]
        self.platform.edits(self.person, self._spelt(text), self.chat, message_id=own[-1 - earlier])

    def presses(self, offer: str) -> None:
        """Telegram tells which of them by what we had written on its back."""
        message, data = next((one, data) for one, text, data in reversed(self.buttons()) if text == offer)
        self.platform.presses(self.person, message.message_id, data, self.chat)

    @property
    def offers(self) -> list[str]:
        """What stands on the buttons."""
        return [text for _, text, _ in self.buttons()]

    def buttons(self) -> list[tuple[TelegramMessage, str, str]]:
        """Each with its message, and what it says to people and to us."""
        rows = ((one, row) for one in self.said() for row in (one.reply_markup or {}).get("inline_keyboard", ()))
        return [(message, button["text"], button["callback_data"]) for message, row in rows for button in row]

    @property
    def answers(self) -> list[str]:
        """What the bot has posted."""
        return [message.text for message in self.said()]

    @property
    def ids(self) -> list[str]:
        """Of what it has posted."""
        return [str(message.message_id) for message in self.said()]


class TelegramPrivate(TelegramTalk):
    """Somebody alone with the bot."""

    def says(self, text: str) -> None:
        """Just say it."""
        self.platform.says(self.person, text, self.chat, thread=self.thread)

    def _spelt(self, text: str) -> str:
        return text

    @property
    def growing(self) -> str:
        """The draft."""
        return self.platform.draft(self.chat, self.thread) or ""


class TelegramGroup(TelegramTalk):
    """Somebody among others."""

    def says(self, text: str) -> None:
        """Say it to the bot; a command needs its name too."""
        self.platform.says(self.person, self._spelt(text), self.chat, thread=self.thread)

    def _spelt(self, text: str) -> str:
        command, space, words = text.partition(" ")
        spelt = f"{command}@{self.platform.username}{space}{words}"
        return spelt if text.startswith("/") else self.platform.mention(text)

    @property
    def growing(self) -> str:
        """The newest message."""
        return next(iter(self.answers[::-1]), "")


@dataclass(slots=True, eq=False)
class SlackTalk(Talk):
    """Somebody in Slack."""

    platform: Slack
    person: SlackPerson
    channel: str

    @property
    def address(self) -> dict[str, str]:
        """The channel."""
        return {"adapter": "acme", "chat": self.channel}

    def said(self) -> list[Message]:
        """The bot's messages there."""
        return [message for message in self.platform.messages(self.channel) if message.bot]

    def edits(self, text: str, *, earlier: int = 0) -> None:
        """Change a message, but for the mention in it."""
        own = [one for one in self.platform.messages(self.channel) if one.user == self.person.id]
        message = own[-1 - earlier]
        mentions = message.text.startswith(self.platform.mention(""))
        self.platform.edits(self.person, message.ts, self.platform.mention(text) if mentions else text)

    def presses(self, offer: str) -> None:
        """Slack tells what the button stands for."""
        message, pressed = next((one, back) for one, text, back in reversed(self.buttons()) if text == offer)
        self.platform.presses(self.person, message.ts, *pressed)

    @property
    def offers(self) -> list[str]:
        """What stands on the buttons."""
        return [text for _, text, _ in self.buttons()]

    def buttons(self) -> list[tuple[Message, str, tuple[str, str]]]:
        """Each with its message, and what it says to people and to us: its name and its value."""
        return [
            (message, button["text"]["text"], (element["action_id"], button["value"]))
            for message in self.said()
            for block in message.blocks
            for element in block.get("elements", ())
            for button in ([element[side] for side in THUMBS] if THUMBS[0] in element else [element])
        ]

    @property
    def answers(self) -> list[str]:
        """What the bot has said and is done with."""
        return [message.shown for message in self.said() if not message.streaming]

    @property
    def growing(self) -> str:
        """The newest message."""
        return next((message.shown for message in self.said()[::-1]), "")

    @property
    def ids(self) -> list[str]:
        """Of all it has said."""
        return [message.ts for message in self.said()]


class SlackDirect(SlackTalk):
    """Somebody alone with the app; each message is answered in a thread of its own, or beside it."""

    def tells(self, word: str) -> None:
        """Mention the bot, and say nothing but the word; Slack keeps the slash for itself."""
        self.says(self.platform.mention(word))

    def says(self, text: str) -> None:
        """Just say it."""
        self.platform.says(self.person, text, self.channel)


@dataclass(slots=True, eq=False)
class SlackThread(SlackTalk):
    """Somebody in a thread of a channel, which they begin by mentioning the bot."""

    root: str | None = field(default=None)

    @property
    def address(self) -> dict[str, str]:
        """The thread, once it has begun."""
        thread = {"thread": self.root} if self.root else {}
        return {"adapter": "acme", "chat": self.channel, **thread}

    def says(self, text: str, *, mention: bool = False) -> None:
        """Begin the thread, or go on in it without a mention."""
        ts = self.platform.says(self.person, text, self.channel, self.root, mention=mention or self.root is None)
        self.root = self.root or ts

    def tells(self, word: str) -> None:
        """Mention the bot, and say nothing but the word."""
        self.says(word, mention=True)

    def said(self) -> list[Message]:
        """The bot's messages in the thread."""
        return [message for message in self.platform.messages(self.channel, self.root) if message.bot]


def _environment() -> dict[str, str]:
    """This process's own, without what a test run adds; a warning in the daemon is a failure."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return kept | {"PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1"}
