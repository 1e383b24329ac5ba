"""No token stands in the config, but the key of an OAuth app; it may keep people apart at Coze, too."""

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.scenarios.world import FIRST, WHOLE, World


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The app's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def test_people_are_answered_and_the_key_is_in_no_log(world: World, key: rsa.RSAPrivateKey) -> None:
    _sign(world, key)
    await world.start()
    ann = world.in_private("Ann")
    world.answers("hello", "Good ", "morning.")
    ann.says("hello")
    await ann.reads("Good morning.")
    assert await world.terminate() == 0

    assert 1 == len(world.coze.called("oauth.token"))
    assert not any(line in world.log for line in _pem(key).splitlines()[1:-1])


async def test_each_conversation_can_be_a_session_that_nobody_else_sees(world: World, key: rsa.RSAPrivateKey) -> None:
    """A person's, or a thread's: whoever speaks in it, whoever likes what was said, and whichever process goes on."""
    _sign(world, key, session_per_person=True)
    await world.start()
    ann, bob, cid = world.in_private("Ann"), world.in_private("Bob"), world.in_thread("Cid")
    dee = world.in_thread("Dee", cid.channel)
    for talk in (ann, bob, cid):
        talk.says(f"I am {talk.person.id}")
        await talk.gets(1)
    dee.root = cid.root
    dee.says(FIRST)
    await cid.gets(2)
    await world.half_said(ann, question="a story", pause="dark")
    await world.kill()
    world.coze.go("dark 2")
    await world.start()
    await ann.gets(2)
    ann.presses("👍")
    await world.until(lambda: world.coze.feedback)
    assert await world.terminate() == 0

    assert f"You began with: I am {cid.person.id}" == cid.answers[1]
    assert WHOLE == ann.answers[1]
    owners = {conversation.owner for conversation in world.coze.conversations.values()}
    assert 3 == len(owners - {""}) == len(world.coze.conversations)


def _sign(world: World, key: rsa.RSAPrivateKey, **more: object) -> None:
    """Have the daemon sign with *key* instead of showing a token."""
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    world.coze.trust("1120", "AbCdEf", key.public_key().public_bytes(serialization.Encoding.PEM, info).decode())
    (world.folder / "coze.pem").write_text(_pem(key))
    settings = yaml.safe_load(world.config.read_text())
    oauth = {"app_id": "1120", "key_id": "AbCdEf", "private_key": {"file": str(world.folder / "coze.pem")}, **more}
    settings["coze"] = {"main": {"base_url": world.coze.url, "oauth": oauth}}
    settings["bots"]["assistant"]["feedback"] = True
    world.config.write_text(yaml.safe_dump(settings))


def _pem(key: rsa.RSAPrivateKey) -> str:
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
