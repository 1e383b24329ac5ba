"""What people do with the Slack app beside writing to it, with the whole daemon behind it."""

import yaml

from simulators.slack.model import Params
from simulators.slack.model import Person as SlackPerson
from tests.scenarios.harness import BridgeHarness
from tests.scenarios.test_linking import linked, on_both

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


class TestHome:
    async def test_it_tells_what_the_routes_offer_and_forgets_who_wants_it(self, bridge: BridgeHarness) -> None:
        slack = bridge.slack
        ann, bob = bridge.in_dm("Ann"), slack.person("Bob")
        routes = [
            {"name": "staff", "when": {"from": [f"acme:{bob.id}"]}, "bot": "assistant"},
            {"name": "reports", "when": {"text": {"starts_with": ["/report"]}}, "bot": "assistant"},
            {"name": "everyone", "bot": "assistant", "prompts": ["How high is it?"]},
        ]
        limits = {"defaults": {"limits": {"messages": "20/day", "tokens": None}}, "routes": routes}
        bridge.config.write_text(yaml.safe_dump(yaml.safe_load(bridge.config.read_text()) | limits))
        await bridge.start()
        ann.says("remember me")
        await ann.reads("You said: remember me")
        first = await home(bridge, ann.person)

        assert 2 == first.count(" answer")
        assert "answers what begins with `/report`" in first
        assert "• How high is it?" in first
        assert "• Messages left: 19 of 20 in 1 day" in first
        [conversation] = bridge.coze.conversations
        slack.presses_home(ann.person, "forget_me")
        await bridge.until(lambda: "Nothing is kept about you any more" in text_of(slack.home[ann.person.id]))
        ann.says("what did I say first?")
        await ann.reads("You said: remember me", "You began with: nothing")

        assert conversation not in bridge.coze.conversations
        assert await bridge.terminate() == 0

    async def test_it_tells_where_else_they_are_the_same_person(self, shared_bridge: BridgeHarness) -> None:
        ann, anna = await on_both(shared_bridge)
        await linked(ann, anna)

        assert "one person with your account at helpdesk" in await home(shared_bridge, anna.person)


async def home(bridge: BridgeHarness, person: SlackPerson) -> str:
    """What that person reads on their Home tab."""
    bridge.slack.opens_home(person)
    await bridge.until(lambda: person.id in bridge.slack.home)
    return text_of(bridge.slack.home[person.id])


def text_of(view: Params) -> str:
    """What a view says."""
    texts = [block["text"]["text"] for block in view["blocks"] if "text" in block]
    return "\n".join([*texts, *(each["text"] for block in view["blocks"] for each in block.get("elements", []))])
