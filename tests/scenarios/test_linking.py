"""One person on two platforms: linked by a code, one memory and one name at Coze, and parted again."""

import json
import re

from simulators.coze.records import Chat
from tests.scenarios.dialogue import asks, tells
from tests.scenarios.harness import FIRST, BridgeHarness, SlackDirect, Talk, TelegramPrivate
from tests.scenarios.test_people import people

CODE = re.compile(r"\b[A-Z2-9]{8}\b")


async def code_of(talk: Talk) -> str:
    """A fresh code."""
    found = CODE.search(await tells(talk, "link"))

    assert found
    return found[0]


async def linked(host: Talk, guest: Talk) -> str:
    """Make them one person; gives what the guest hears of it."""
    code, told = await code_of(host), len(host.answers)
    said = await tells(guest, f"link {code}")
    await host.gets(told + 1)

    assert "Your code was used" in host.answers[-1]
    return said


async def on_both(bridge: BridgeHarness) -> tuple[TelegramPrivate, SlackDirect]:
    """Somebody alone with the bot on each platform, who has said something there."""
    ann, anna = bridge.in_private("Ann"), bridge.in_dm("Anna")
    await asks(ann, "my cat is grey", "You said: my cat is grey")
    await asks(anna, "my dog is brown", "You said: my dog is brown")
    return ann, anna


def wide(code: str) -> str:
    """As a Chinese keyboard writes it, in two groups."""
    letters = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    return f"{letters[:4]} {letters[4:]}"


def only(chats: list[Chat]) -> Chat:
    """The one there is."""
    [chat] = chats
    return chat


async def test_the_memory_of_who_made_the_code_goes_on_and_the_others_ends(bridge_on_each_db: BridgeHarness) -> None:
    bridge = bridge_on_each_db
    await bridge.start()
    ann, anna = await on_both(bridge)
    said = await linked(ann, anna)
    await asks(anna, FIRST, "You began with: my cat is grey")
    await asks(anna, "and who am I?", "You said: and who am I?")
    await asks(ann, "still there?", "You said: still there?")
    cat, dog, who = (only(bridge.asked(asked)) for asked in ("my cat is grey", "my dog is brown", "and who am I?"))

    assert said.startswith("Done: you are one person for me now.")
    assert (cat.user_id, cat.conversation_id) == (who.user_id, who.conversation_id)
    assert dog.user_id != cat.user_id
    assert dog.conversation_id not in bridge.coze.conversations
    assert await bridge.terminate() == 0
    await bridge.start("b")
    anna.says(FIRST)
    await anna.until(lambda: 2 == anna.answers.count("You began with: my cat is grey"))

    assert 2 == anna.answers.count("You began with: my cat is grey")
    assert await bridge.terminate("b") == 0


async def test_off_parts_them_from_either_side(shared_bridge: BridgeHarness) -> None:
    for from_host in (True, False):
        ann, anna = await on_both(shared_bridge)
        await linked(ann, anna)
        parting, other = (ann, anna) if from_host else (anna, ann)
        told = len(other.answers)
        said = await tells(parting, "link off")
        await other.gets(told + 1)
        await asks(anna, FIRST, "You began with: nothing")
        await asks(ann, FIRST, "You began with: my cat is grey")

        assert said.startswith("Parted")
        assert any(answer.startswith("Parted") for answer in other.answers)
        assert "You are not linked with anybody." == await tells(anna, "link off")


async def test_who_has_parted_may_be_linked_again_the_other_way_round(shared_bridge: BridgeHarness) -> None:
    """A code that is shown in company meanwhile links nobody there, and is good still."""
    ann, anna = await on_both(shared_bridge)
    await linked(ann, anna)
    told = len(ann.answers)
    await tells(anna, "link off")
    await ann.gets(told + 1)
    await asks(anna, "my bird is blue", "You said: my bird is blue")
    code = await code_of(anna)
    in_company = await tells(shared_bridge.someone("in_group"), f"link {code}")
    told = len(anna.answers)
    again = await tells(ann, f"link {code}")
    await anna.gets(told + 1)
    await asks(ann, FIRST, "You began with: my bird is blue")

    assert "private chat" in in_company
    assert again.startswith("Done")


async def test_one_after_the_other_also_across_platforms(shared_bridge: BridgeHarness) -> None:
    """They share a conversation at Coze, which takes one question at a time."""
    ann, anna = await on_both(shared_bridge)
    await linked(anna, ann)
    shared_bridge.answers("wait for me", "So far", pause="across", then=(", so good.",))
    ann.says("wait for me")
    await shared_bridge.paused("across")
    anna.says("me too")
    shared_bridge.coze.go("across")
    await anna.until(lambda: "You said: me too" in anna.answers)

    assert "So far, so good." in ann.answers
    assert (
        only(shared_bridge.asked("wait for me")).conversation_id == only(shared_bridge.asked("me too")).conversation_id
    )


async def test_a_code_is_good_once_for_somebody_else_and_to_the_letter(shared_bridge: BridgeHarness) -> None:
    ann, anna, bob = *await on_both(shared_bridge), shared_bridge.in_private("Bob")
    first = await code_of(ann)
    code = await code_of(ann)

    assert "I do not know that code" in await tells(anna, "link ABCD2345")
    assert "I do not know that code" in await tells(anna, f"link {first}")
    assert "That is your own code" in await tells(ann, f"link {code}")
    assert "Done" in await tells(anna, f"link {wide(code.lower())}")
    assert "I do not know that code" in await tells(bob, f"link {code}")
    assert "You are linked already" in await tells(anna, f"link {await code_of(bob)}")


async def test_who_tries_too_many_codes_is_told_to_wait(shared_bridge: BridgeHarness) -> None:
    bob = shared_bridge.in_private("Bob")
    said = [await tells(bob, f"link AAAA{number:04}") for number in range(12)]

    assert 10 == sum("I do not know that code" in one for one in said)
    assert all("You can ask again" in one for one in said[10:])


async def test_in_company_nobody_gets_a_code(shared_bridge: BridgeHarness) -> None:
    for where in ("in_group", "in_thread"):
        said = await tells(shared_bridge.someone(where), "link")

        assert "private chat" in said
        assert not CODE.search(said)


async def test_who_is_forgotten_is_forgotten_on_both_sides(bridge: BridgeHarness) -> None:
    await bridge.start()
    ann, anna = await on_both(bridge)
    await linked(ann, anna)
    await asks(anna, "who am I?", "You said: who am I?")
    known = f"helpdesk:{ann.person.id}"
    exported = await people(bridge, "export", known)
    await tells(anna, "privacy forget yes")
    left = await people(bridge, "list", "--json")
    await asks(ann, FIRST, "You began with: nothing")
    await asks(anna, FIRST, "You began with: nothing")
    cat = only(bridge.asked("my cat is grey"))

    assert {"helpdesk", "acme"} == {row["adapter"] for row in json.loads(exported.stdout)["person"]}
    assert [] == json.loads(left.stdout)
    assert cat.conversation_id not in bridge.coze.conversations
    assert await bridge.terminate() == 0
