"""The config file changes while people talk: what it names is opened, changed and closed one by one, and nobody else notices."""

import asyncio
import copy
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulators.coze import BOT, TOKEN, Coze
from simulators.coze.script import Say
from simulators.telegram import Telegram
from tests.scenarios.harness import PATIENCE, WHOLE, BridgeHarness

ROUTES = [{"name": "everyone", "bot": "assistant"}]


class Editor:
    """An admin with the config file in an editor."""

    def __init__(self, bridge: BridgeHarness) -> None:
        self.bridge = bridge
        self.text: dict[str, Any] = yaml.safe_load(bridge.config.read_text())

    async def saves(self, change: Callable[[dict[str, Any]], object], said: str = "config.reloaded") -> None:
        """Change the file as editors do, by rename, and wait until the daemon has *said* what became of it."""
        change(self.text)
        await self.writes(yaml.safe_dump(self.text), said)

    async def writes(self, text: str, said: str = "config.reloaded") -> None:
        """The same, with any text."""
        before = self.bridge.log.count(said)
        fresh = self.bridge.config.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.bridge.config)
        await logged(self.bridge, said, before + 1)


async def logged(bridge: BridgeHarness, words: str, times: int = 1) -> None:
    """Return once the daemon has logged *words* so often: its log is a file, of which nobody tells when it grows."""
    async with asyncio.timeout(30):
        while bridge.log.count(words) < times:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


def connections(bridge: BridgeHarness) -> dict[str, int]:
    """How often each platform was asked who we are, and for a socket."""
    return {
        "telegram": len(bridge.telegram.called("getMe")),
        "slack": len(bridge.slack.called("auth.test")),
        "socket": len(bridge.slack.called("apps.connections.open")),
    }


def section(telegram: Telegram, **more: object) -> dict[str, object]:
    return {"kind": "telegram", "api_url": telegram.url, "token": telegram.token, **more}


class TestAdapters:
    async def test_one_is_added_and_the_others_keep_their_connections(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        before = connections(bridge)
        async with Telegram() as second:
            await Editor(bridge).saves(lambda file: file["adapters"].update(shop=section(second)))
            eve = second.person("Eve")
            second.says(eve, "hello", second.private(eve))
            await second.until(lambda: second.bot_texts(second.private(eve)), within=30)

            assert ["You said: hello"] == second.bot_texts(second.private(eve))
            assert before == connections(bridge)
            assert await bridge.terminate() == 0

    async def test_link_previews_and_the_rate_of_one_change_while_it_runs(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        editor, own = Editor(bridge), section(bridge.telegram)
        await editor.saves(
            lambda file: file["adapters"].update(helpdesk={**own, "link_previews": True, "rate": "1/hour"})
        )
        ann, bob, cat = (bridge.in_private(name) for name in ("Ann", "Bob", "Cat"))
        ann.says("hello")
        await ann.reads("You said: hello")
        bob.says("and me?")
        await bridge.coze.until(lambda: bridge.asked("and me?"), within=30)
        await editor.saves(lambda file: file["adapters"].update(helpdesk={**own, "rate": "50/second"}))
        cat.says("hello")
        await cat.reads("You said: hello")

        assert [] == bob.answers, "begun under the old rate"
        previews = ["link_preview_options" not in call.params for call in bridge.telegram.called("sendMessage")]
        assert [True, False] == previews

    async def test_a_removed_one_finishes_its_answers_and_is_heard_no_more(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann, bob = bridge.in_private("Ann"), bridge.in_dm("Bob")
        await bridge.half_said(ann, question="and?", pause="leaving")
        editor = Editor(bridge)
        helpdesk = editor.text["adapters"]["helpdesk"]
        await editor.saves(lambda file: file["adapters"].pop("helpdesk"))
        bob.says("hello")
        await bob.reads("You said: hello")
        bridge.coze.go("leaving 2")
        await ann.reads(WHOLE)
        await logged(bridge, "adapter.removed")
        ann.says("anybody?")
        bob.says("still there?")
        await bob.reads("You said: hello", "You said: still there?")

        assert 1 == bridge.telegram.pending()
        await editor.saves(lambda file: file["adapters"].update(helpdesk=helpdesk))
        await ann.reads(WHOLE, "You said: anybody?")

    async def test_what_waits_for_a_removed_one_is_answered_when_it_is_back(self, bridge: BridgeHarness) -> None:
        """Ann's second question is on disk behind her first; nobody tells her that it failed."""
        await bridge.start()
        ann = bridge.in_private("Ann")
        await bridge.half_said(ann, question="and?", pause="leaving")
        ann.says("two")
        await bridge.telegram.until(lambda: not bridge.telegram.pending())
        editor = Editor(bridge)
        helpdesk = editor.text["adapters"]["helpdesk"]
        await editor.saves(lambda file: file["adapters"].pop("helpdesk"))
        bridge.coze.go("leaving 2")
        await ann.reads(WHOLE)
        await logged(bridge, "no adapter 'helpdesk'")
        await editor.saves(lambda file: file["adapters"].update(helpdesk=helpdesk))

        await ann.reads(WHOLE, "You said: two")
        assert 1 == len(bridge.asked("two"))

    async def test_a_changed_one_is_opened_anew_and_its_answers_go_on(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann, bob = bridge.in_private("Ann"), bridge.in_private("Bob")
        before = connections(bridge)
        await bridge.half_said(ann, question="and?", pause="changing")
        await Editor(bridge).saves(lambda file: file["adapters"]["helpdesk"].update(stream="off"))
        bob.says("hello")
        await bob.reads("You said: hello")
        bridge.coze.go("changing 2")

        await ann.reads(WHOLE)
        assert before | {"telegram": before["telegram"] + 1} == connections(bridge)
        assert 1 == len(bridge.asked("and?"))

    async def test_one_under_another_name_hears_once_the_old_one_has_stopped(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann, bob = bridge.in_private("Ann"), bridge.in_private("Bob")
        await bridge.half_said(ann, question="and?", pause="renaming")
        await Editor(bridge).saves(lambda file: file["adapters"].update(desk=file["adapters"].pop("helpdesk")))
        bob.says("hello")
        await bob.reads("You said: hello")
        bridge.coze.go("renaming 2")

        await ann.reads(WHOLE)
        await logged(bridge, "adapter.removed")
        assert await bridge.terminate() == 0
        assert ["and?", "hello"] == [chat.question for chat in bridge.coze.chats]

    async def test_one_whose_platform_says_no_refuses_the_file(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann = bridge.in_private("Ann")
        editor, wrong = Editor(bridge), "123456:" + "x" * 35
        await editor.saves(lambda file: file["adapters"]["helpdesk"].update(token=wrong), "config.refused")
        ann.says("hello")
        await ann.reads("You said: hello")

        line = next(n for n, text in enumerate(bridge.config.read_text().splitlines(), 1) if wrong in text)
        assert f"config.yaml:{line}:5: adapters.helpdesk.token: refused by its platform (" in bridge.log
        assert "adapter.disconnected" not in bridge.log, "the one in force hears all the while"

    async def test_one_that_is_refused_again_and_again_is_opened_less_often(self, bridge: BridgeHarness) -> None:
        """The token is another each time, and none is right, as a machine may write them; the right one is taken then."""
        await bridge.start()
        editor, good = Editor(bridge), bridge.config.read_text()
        async with asyncio.timeout(PATIENCE):
            while "config.deferred" not in bridge.log:
                refused = bridge.log.count("config.refused")
                wrong = good.replace(bridge.telegram.token, f"123456:{refused}" + "x" * 35)
                bridge.config.write_text(wrong)
                bridge.signal(signal.SIGHUP)
                await logged(bridge, "config.refused", refused + 1)
        await editor.writes(good)
        ann = bridge.in_private("Ann")
        ann.says("hello")

        await ann.reads("You said: hello")

    async def test_one_whose_platform_is_away_is_opened_later(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        async with Telegram() as second:
            second.faults.add("getMe", status=502, times=1)
            await Editor(bridge).saves(lambda file: file["adapters"].update(shop=section(second)))
            eve = second.person("Eve")
            second.says(eve, "hello", second.private(eve))
            await second.until(lambda: second.bot_texts(second.private(eve)), within=30)

            assert ["You said: hello"] == second.bot_texts(second.private(eve))
            assert 1 == bridge.log.count("adapter.disconnected")
            assert await bridge.terminate() == 0


class TestBots:
    async def test_an_answer_ends_with_the_bot_it_began_with(self, bridge: BridgeHarness) -> None:
        """Ann's bot moves to another Coze, and its old home closes; the next question goes to the new one."""
        await bridge.start()
        before = connections(bridge)
        ann, bob = bridge.in_private("Ann"), bridge.in_dm("Bob")
        await bridge.half_said(ann, question="and?", pause="moving")
        async with Coze() as second:
            second.responder = lambda turn: (Say((f"New: {turn.text}",)),)
            await Editor(bridge).saves(lambda file: file["coze"]["main"].update(base_url=second.url))
            bob.says("hello")
            await bob.reads("New: hello")
            bridge.coze.go("moving 2")
            await ann.reads(WHOLE)
            ann.says("again")

            await ann.reads(WHOLE, "New: again")
            assert before == connections(bridge)
            assert await bridge.terminate() == 0

    async def test_a_new_bot_and_its_route_come_together(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        bridge.coze.bots = {BOT, "7379462189365190000"}
        sales = {"name": "sales", "when": {"text": {"starts_with": "buy"}}, "bot": "seller"}

        def change(file: dict[str, Any]) -> None:
            file["bots"]["seller"] = {"coze": "main", "bot_id": "7379462189365190000"}
            file["routes"] = [sales, *ROUTES]

        await Editor(bridge).saves(change)
        ann = bridge.in_dm("Ann")
        ann.says("buy a car")
        await ann.reads("You said: buy a car")

        assert ["7379462189365190000"] == [chat.bot_id for chat in bridge.asked("buy a car")]

    async def test_a_new_token_is_used(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        bridge.coze.tokens = {TOKEN, "pat_the_next_one"}
        await Editor(bridge).saves(lambda file: file["coze"]["main"].update(token="pat_the_next_one"))
        bridge.coze.tokens = {"pat_the_next_one"}
        ann = bridge.in_private("Ann")
        ann.says("hello")

        await ann.reads("You said: hello")


class TestRules:
    async def test_access_and_routes_change_while_it_runs(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann = bridge.in_private("Ann")
        editor = Editor(bridge)
        await editor.saves(lambda file: file.update(access={"private": "nobody", "stranger": "Closed."}))
        ann.says("hello")
        await ann.reads("Closed.")
        closed = [{"name": "closed", "bot": "assistant", "answer": "always"}]
        await editor.saves(lambda file: file.update(access={"private": "everyone"}, routes=closed))
        ann.says("hello again")

        await ann.reads("Closed.", "You said: hello again")
        assert [] == bridge.asked("hello")

    async def test_what_needs_a_restart_is_named_and_all_else_holds(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann = bridge.in_private("Ann")

        def change(file: dict[str, Any]) -> None:
            file["worker"] = {"concurrency": 7}
            file["access"] = {"private": "nobody", "stranger": "Closed."}

        await Editor(bridge).saves(change, "config.restart_needed")
        ann.says("hello")
        await ann.reads("Closed.")

        assert "worker.concurrency" in bridge.log


BROKEN = {
    "no YAML": "{",
    "an unknown key": "rutes: []",
    "a test that fails": "tests: [{say: hello, adapter: acme, chat_type: group, chat: C1, expect: nobody}]",
    "a route to nobody": None,
}


class TestABadFile:
    @pytest.mark.parametrize("fault", BROKEN)
    async def test_the_last_good_one_stays_until_it_is_mended(self, bridge: BridgeHarness, fault: str) -> None:
        await bridge.start()
        before = connections(bridge)
        editor = Editor(bridge)
        good = copy.deepcopy(editor.text)
        good["access"] = {"private": "nobody", "stranger": "Closed."}
        bad = yaml.safe_dump(good) + (BROKEN[fault] or "")
        if BROKEN[fault] is None:
            bad = bad.replace("bot: assistant", "bot: stranger")
        await editor.writes(bad, "config.refused")
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await ann.reads("You said: hello")
        await editor.writes(yaml.safe_dump(good))
        ann.says("hello again")

        await ann.reads("You said: hello", "Closed.")
        assert before == connections(bridge)


class TestHowItIsWritten:
    def closed(self, bridge: BridgeHarness) -> str:
        file = yaml.safe_load(bridge.config.read_text())
        return yaml.safe_dump(file | {"access": {"private": "nobody", "stranger": "Closed."}})

    async def reads_closed(self, bridge: BridgeHarness) -> None:
        await logged(bridge, "config.reloaded")
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await ann.reads("Closed.")

    async def test_in_place(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        bridge.config.write_text(self.closed(bridge))

        await self.reads_closed(bridge)

    async def test_in_an_included_file(self, bridge: BridgeHarness) -> None:
        """Written, changed and taken away beside the first, which says only where they are."""
        more = bridge.folder / "more"
        more.mkdir()
        bridge.config.write_text(bridge.config.read_text() + "include: [more/*.yaml]\n")
        await bridge.start()
        for number, sentence in enumerate(("Closed.", "Still closed."), 1):
            (more / "access.yaml").write_text(f"access: {{private: nobody, stranger: {sentence}}}")
            await logged(bridge, "config.reloaded", number)
            ann = bridge.in_private(f"Ann {number}")
            ann.says("hello")
            await ann.reads(sentence)
        (more / "access.yaml").unlink()
        await logged(bridge, "config.reloaded", 3)
        bob = bridge.in_private("Bob")
        bob.says("hello")

        await bob.reads("You said: hello")

    async def test_in_an_included_file_for_which_the_whole_was_refused(self, bridge: BridgeHarness) -> None:
        """The include itself is new, and so was never in force."""
        await bridge.start()
        more = bridge.folder / "more.yaml"
        more.write_text("access: {private: nobod}")
        bridge.config.write_text(bridge.config.read_text() + "include: [more.yaml]\n")
        await logged(bridge, "config.refused")
        more.write_text("access: {private: nobody, stranger: Closed.}")

        await self.reads_closed(bridge)

    async def test_by_a_signal_although_nothing_has_changed(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        bridge.signal(signal.SIGHUP)

        await logged(bridge, "config.reloaded")

    async def test_by_the_swap_of_a_link_to_its_folder(self, bridge: BridgeHarness) -> None:
        """As Kubernetes does it for a mounted ConfigMap."""
        mount = mounted(bridge)
        await bridge.start()
        mount_anew(mount, "second", self.closed(bridge))

        await self.reads_closed(bridge)
        mount_anew(mount, "third", yaml.safe_dump(yaml.safe_load(bridge.config.read_text()) | {"access": {}}))
        await logged(bridge, "config.reloaded", 2)


def mounted(bridge: BridgeHarness) -> Path:
    """The config as a ConfigMap's volume has it: a link to a file behind a link to a folder."""
    text = bridge.config.read_text()
    bridge.config.unlink()
    mount = bridge.folder
    (mount / "..first").mkdir()
    (mount / "..first" / "config.yaml").write_text(text)
    (mount / "..data").symlink_to("..first")
    bridge.config.symlink_to("..data/config.yaml")
    return mount


def mount_anew(mount: Path, name: str, text: str) -> None:
    """Swap the link to another folder, and take the old one away."""
    old = (mount / "..data").resolve()
    (mount / f"..{name}").mkdir()
    (mount / f"..{name}" / "config.yaml").write_text(text)
    (mount / "..data_tmp").symlink_to(f"..{name}")
    (mount / "..data_tmp").replace(mount / "..data")
    for file in old.iterdir():
        file.unlink()
    old.rmdir()
