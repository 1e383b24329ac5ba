"""No token stands in the config, but the key of an OAuth app; it may keep people apart at Coze, too."""

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.scenarios.harness import FIRST, WHOLE, BridgeHarness


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The app's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def test_people_are_answered_and_the_key_is_in_no_log(bridge: BridgeHarness, key: rsa.RSAPrivateKey) -> None:
    _sign(bridge, key)
    await bridge.start()
    ann = bridge.in_private("Ann")
    bridge.answers("hello", "Good ", "morning.")
    ann.says("hello")
    await ann.reads("Good morning.")
    assert await bridge.terminate() == 0

    assert 1 == len(bridge.coze.called("oauth.token"))
    assert not any(line in bridge.log for line in _pem(key).splitlines()[1:-1])


async def test_each_conversation_can_be_a_session_that_nobody_else_sees(
    bridge: BridgeHarness, key: rsa.RSAPrivateKey
) -> None:
    """A person's, or a thread's: whoever speaks in it, whoever likes what was said, and whichever process goes on."""
    _sign(bridge, key, session_per_person=True)
    await bridge.start()
    ann, bob, cid = bridge.in_private("Ann"), bridge.in_private("Bob"), bridge.in_thread("Cid")
    dee = bridge.in_thread("Dee", cid.channel)
    for talk in (ann, bob, cid):
        talk.says(f"I am {talk.person.id}")
        await talk.gets(1)
    dee.root = cid.root
    dee.says(FIRST)
    await cid.gets(2)
    await bridge.half_said(ann, question="a story", pause="dark")
    await bridge.kill()
    bridge.coze.go("dark 2")
    await bridge.start()
    await ann.gets(2)
    ann.presses("👍")
    await bridge.until(lambda: bridge.coze.feedback)
    assert await bridge.terminate() == 0

    assert f"You began with: I am {cid.person.id}" == cid.answers[1]
    assert WHOLE == ann.answers[1]
    owners = {conversation.owner for conversation in bridge.coze.conversations.values()}
    assert 3 == len(owners - {""}) == len(bridge.coze.conversations)


def _sign(bridge: BridgeHarness, key: rsa.RSAPrivateKey, **more: object) -> None:
    """Have the daemon sign with *key* instead of showing a token."""
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    bridge.coze.trust("1120", "AbCdEf", key.public_key().public_bytes(serialization.Encoding.PEM, info).decode())
    (bridge.folder / "coze.pem").write_text(_pem(key))
    settings = yaml.safe_load(bridge.config.read_text())
    oauth = {"app_id": "1120", "key_id": "AbCdEf", "private_key": {"file": str(bridge.folder / "coze.pem")}, **more}
    settings["coze"] = {"main": {"base_url": bridge.coze.url, "oauth": oauth}}
    settings["bots"]["assistant"]["feedback"] = True
    bridge.config.write_text(yaml.safe_dump(settings))


def _pem(key: rsa.RSAPrivateKey) -> str:
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
