"""What people do with the Slack app beside writing to it, with the whole daemon behind it."""

import yaml

from simulators.slack.model import Params
from simulators.slack.model import Person as SlackPerson
from tests.scenarios.harness import BridgeHarness

ASK = "ask_about_this"


async def form(bridge: BridgeHarness, person: SlackPerson, ts: str) -> Params:
    """The form for a question about that message."""
    before = len(bridge.slack.modals)
    bridge.slack.shortcut(person, ts, ASK)
    await bridge.until(lambda: len(bridge.slack.modals) > before)
    return bridge.slack.modals[-1]


class TestAskAboutThis:
    async def test_a_question_about_a_message_is_answered_in_its_thread_once(
        self, shared_bridge: BridgeHarness
    ) -> None:
        slack = shared_bridge.slack
        ann, bob = slack.person("Ann"), slack.person("Bob")
        desk = slack.channel("closed-bridge", members=[ann, bob])
        ts = slack.says(bob, "The bridge is closed", desk)
        opened = await form(shared_bridge, ann, ts)
        for _ in range(3):
            slack.submits(ann, opened, "until when?")
        await shared_bridge.until(lambda: slack.bot_texts(desk, ts))
        slack.says(ann, "and then?", desk, ts, mention=True)
        await shared_bridge.until(lambda: "You said: and then?" in slack.bot_texts(desk, ts))

        assert [
            "You said: In reply to Bob:\n> The bridge is closed\n\nuntil when?",
            "You said: and then?",
        ] == slack.bot_texts(desk, ts)


class TestAStranger:
    async def test_gets_no_form_and_reaches_no_bot(self, bridge: BridgeHarness) -> None:
        slack = bridge.slack
        ann, eve = slack.person("Ann"), slack.person("Eve")
        staff = {"people": {"staff": [f"acme:{ann.id}"]}, "access": {"groups": {"people": ["staff"]}}}
        bridge.config.write_text(yaml.safe_dump(yaml.safe_load(bridge.config.read_text()) | staff))
        desk = slack.channel("staff-only", members=[ann, eve])
        await bridge.start()
        ts = slack.says(ann, "The bridge is closed", desk)
        knock = slack.shortcut(eve, ts, ASK)
        await bridge.until(lambda: knock.acked)
        await form(bridge, ann, ts)

        assert 1 == len(slack.modals)
        assert await bridge.terminate() == 0
