"""A file that cannot be used is told to the admins who have talked with the bot alone."""

import yaml

from tests.scenarios.harness import BridgeHarness

TOLD = "cannot be used"


async def test_admins_hear_once_of_each_bad_file(bridge: BridgeHarness) -> None:
    ann, bob, cid = bridge.in_private("Ann"), bridge.in_dm("Bob"), bridge.in_private("Cid")
    admins = [f"helpdesk:{ann.person.id}", f"acme:{bob.person.id}", "helpdesk:1"]
    good = yaml.safe_load(bridge.config.read_text()) | {"access": {"admins": admins}}
    bridge.config.write_text(yaml.safe_dump(good))
    await bridge.start()
    for talk in (ann, bob, cid):
        talk.says("hello")
        await talk.reads("You said: hello")
    for count, key in enumerate(("zebra", "zebra", "yak"), 1):
        bridge.config.write_text(yaml.safe_dump(good | {key: 1}) + "#" * count)
        await bridge.until(lambda count=count: count == bridge.log.count("config.refused"))
    for talk in (ann, bob):
        await talk.until(lambda talk=talk: any("yak" in answer for answer in talk.answers))

        assert 2 == sum(TOLD in answer for answer in talk.answers)
        assert 1 == sum("zebra" in answer for answer in talk.answers)
    assert ["You said: hello"] == cid.answers
    assert await bridge.terminate() == 0
