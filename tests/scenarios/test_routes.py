"""What a route can do beside letting its bot answer."""

import yaml

from simulators.coze import BOT
from tests.scenarios.harness import FIRST, PLACES, WHOLE, BridgeHarness

NOWHERE = "http://127.0.0.1:9"
"""The port for discarding: nobody listens there."""


def configure(bridge: BridgeHarness, **sections: object) -> None:
    """Give the config these sections instead; before the start."""
    settings = yaml.safe_load(bridge.config.read_text())
    bridge.config.write_text(yaml.safe_dump(settings | sections))


async def test_a_sentence_is_said_instead_of_an_answer_and_commands_work(bridge: BridgeHarness) -> None:
    configure(bridge, routes=[{"name": "closed", "reply": "We are closed today."}])
    await bridge.start()
    talks = [bridge.someone(place) for place in PLACES]
    for talk in talks:
        talk.says("are you open?")
    for talk in talks:
        await talk.reads("We are closed today.")
    bob = bridge.in_private("Bob")
    bob.tells("help")
    [help_text] = await bob.gets(1)

    assert "/new" in help_text
    assert [] == bridge.coze.chats
    assert await bridge.terminate() == 0


async def test_a_bot_is_not_told_what_the_config_hides_and_a_question_cut_off_is_found_all_the_same(
    bridge: BridgeHarness,
) -> None:
    """The person's own words stay as they were: in the chat, and in what is kept about them."""
    configure(bridge, privacy={"redact": ["email", "phone"]})
    bridge.half("mail [email] or call [phone]", "story")
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says("mail ann@example.org or call +49 30 901820")
    await bridge.paused("story 1")
    await bridge.kill()
    await bridge.start()
    for pause in ("story 1", "story 2"):
        await bridge.paused(pause)
        bridge.coze.go(pause)
    await ann.reads(WHOLE)
    assert await bridge.terminate() == 0

    assert ["mail [email] or call [phone]"] == [chat.question for chat in bridge.coze.chats]


async def test_a_new_question_interrupts_what_ran_before_it_and_never_itself(bridge: BridgeHarness) -> None:
    """Many people at once, so that the worker is often quicker than what stops."""
    configure(bridge, defaults={"busy": "interrupt"})
    await bridge.start()
    crowd = [bridge.someone(place, f"{place} {number}") for place in PLACES for number in range(3)]
    await bridge.half_said(*crowd, question="tell me all", pause="all")
    for talk in crowd:
        talk.says("and in short?")
    for talk in crowd:
        await talk.until(lambda talk=talk: "You said: and in short?" in talk.answers)
        assert ["You said: and in short?"] == talk.answers[1:]
    await bridge.until(lambda: {"canceled"} == {str(chat.status) for chat in bridge.asked("tell me all")})
    assert await bridge.terminate() == 0

    assert {"completed"} == {str(chat.status) for chat in bridge.asked("and in short?")}
    assert 2 * len(crowd) == len(bridge.coze.chats)


async def test_a_conversation_left_alone_begins_anew(bridge: BridgeHarness) -> None:
    short = {"name": "short", "when": {"adapter": "helpdesk"}, "bot": "assistant", "forget_after": "1ms"}
    configure(bridge, routes=[short, {"name": "all", "bot": "assistant"}], defaults={"forget_after": "12h"})
    await bridge.start()
    ann, bob = bridge.in_private("Ann"), bridge.in_dm("Bob")
    for talk in (ann, bob):
        talk.says("my cat is grey")
        await talk.reads("You said: my cat is grey")
        talk.says(FIRST)
    await ann.reads("You said: my cat is grey", "You began with: nothing")
    await bob.reads("You said: my cat is grey", "You began with: my cat is grey")
    bob.tells("status")
    *_, status = await bob.gets(3)

    assert "A conversation left alone for 12 hours begins anew." in status
    assert await bridge.terminate() == 0


async def test_the_fallback_answers_while_the_first_bots_coze_is_away(bridge: BridgeHarness) -> None:
    main = yaml.safe_load(bridge.config.read_text())["coze"]["main"]
    configure(
        bridge,
        coze={"main": main, "gone": main | {"base_url": NOWHERE}},
        bots={"assistant": {"coze": "gone", "bot_id": BOT}, "spare": {"coze": "main", "bot_id": BOT}},
        routes=[{"name": "all", "bot": "assistant", "fallback": "spare"}],
    )
    await bridge.start()
    people = [bridge.in_private(name) for name in ("Ann", "Bob", "Cid", "Dan", "Eve", "Fay")]
    for person in people:
        person.says("hello")
    for person in people:
        await person.until(lambda person=person: "You said: hello" in person.answers)
    newcomer = bridge.in_private("Gus")
    newcomer.says("hi")
    await newcomer.until(lambda: "You said: hi" in newcomer.answers)

    assert all("You said: hello" in person.answers for person in people)
    assert "You said: hi" in newcomer.answers
    assert await bridge.terminate() == 0


async def test_the_fallback_answers_one_person_alone_also_where_the_first_bot_is_known(bridge: BridgeHarness) -> None:
    """No others fail beside them; of one who has talked with the first bot before, its memory is kept."""
    main = yaml.safe_load(bridge.config.read_text())["coze"]["main"]
    bots = {"assistant": {"coze": "first", "bot_id": BOT}, "spare": {"coze": "main", "bot_id": BOT}}
    routes = [{"name": "all", "bot": "assistant", "fallback": "spare"}]
    configure(bridge, coze={"main": main, "first": main}, bots=bots, routes=routes)
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says("hello")
    await ann.reads("You said: hello")
    configure(bridge, coze={"main": main, "first": main | {"base_url": NOWHERE}})
    await bridge.until(lambda: "config.reloaded" in bridge.log)
    ann.says("still there?")
    await ann.until(lambda: "You said: still there?" in ann.answers)
    bob = bridge.in_private("Bob")
    bob.says("hi")
    await bob.until(lambda: "You said: hi" in bob.answers)

    assert [1, 1] == [len(bridge.asked(words)) for words in ("still there?", "hi")]
    assert await bridge.terminate() == 0


async def test_a_persons_name_is_known_with_their_first_message(bridge: BridgeHarness) -> None:
    """Also where the platform tells it only when asked."""
    greeting = {"name": "{person.name}", "greeting": "Hello, {person.name}!", "who": "«{person.name}» asks"}
    configure(bridge, defaults={"variables": greeting})
    await bridge.start()
    talks = [bridge.someone(place) for place in PLACES]
    for talk in talks:
        talk.says("hello")
    for talk in talks:
        await talk.reads("You said: hello")
    told = [call.params["custom_variables"] for call in bridge.coze.calls if "custom_variables" in call.params]

    assert len(PLACES) == len(told)
    assert all(variables["name"] for variables in told)
    assert [(f"Hello, {each['name']}!", f"«{each['name']}» asks") for each in told] == [
        (each["greeting"], each["who"]) for each in told
    ]
    assert await bridge.terminate() == 0
