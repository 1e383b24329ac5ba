"""Our OAuth tokens against a Coze that checks every signature, every claim and every second use."""

import asyncio
import logging
from contextlib import asynccontextmanager

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bridge.coze.client import CozeConnection
from bridge.coze.oauth import OAuthApp, OAuthTokens, _life, read_key
from bridge.sdk.asking import ChatFinished, Question, Sought
from bridge.sdk.errors import ConversationLost, RateLimited, Unauthorised, Unreachable
from simulators.coze import BOT, Coze

PLAIN = serialization.NoEncryption()


def pem(key, password=PLAIN):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, password).decode()


def public(key):
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, info).decode()


@pytest.fixture(scope="module")
def key():
    """A private key, made once, as that takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def coze(key):
    """A Coze that knows no token, but an OAuth app's public key."""
    async with Coze(tokens=()) as server:
        server.every = 0
        server.trust("1120", "AbCdEf", public(key))
        yield server


@pytest.fixture
def app(key):
    """The OAuth app whose key `coze` knows."""
    return OAuthApp(app_id="1120", key_id="AbCdEf", key=read_key(pem(key)))


@asynccontextmanager
async def tokens_of(coze, app):
    async with OAuthTokens(coze.url, app) as tokens:
        yield tokens


@pytest.fixture
async def tokens(coze, app):
    """The tokens that `coze` gives to `app`."""
    async with tokens_of(coze, app) as it:
        yield it


class TestExchange:
    async def test_a_token_is_exchanged_once_for_everybody_who_asks(self, coze, tokens):
        bought = await asyncio.gather(*(tokens.token() for _ in range(20)))

        assert 1 == len({*bought})
        assert 1 == len(coze.called("oauth.token"))

    async def test_every_purchase_signs_a_new_jwt(self, coze, tokens):
        """Coze takes each but once; the simulator refuses the second use of a ``jti``."""
        first = await tokens.token()
        second = await tokens.refresh(first) and await tokens.token()

        assert first != second
        assert 2 == len(coze.spent)

    async def test_a_token_that_was_refused_is_replaced_once_for_everybody(self, coze, tokens):
        stale = await tokens.token()

        assert [True] * 9 == await asyncio.gather(*(tokens.refresh(stale) for _ in range(9)))
        assert 2 == len(coze.called("oauth.token"))

    async def test_a_token_near_its_end_is_replaced_in_time(self, coze, tokens):
        first = await tokens.token()
        tokens._own._cached = _ending(tokens._own._cached)

        assert first != await tokens.token()

    async def test_while_the_counter_is_closed_the_old_token_serves_to_its_end(self, coze, tokens):
        first = await tokens.token()
        tokens._own._cached = _ending(tokens._own._cached)
        coze.faults.add("oauth.token", status=503)

        assert first == await tokens.token()

    async def test_a_bot_answers_with_it_and_goes_on_when_it_dies(self, coze, tokens):
        async with CozeConnection(coze.url, tokens) as connection:
            bot = connection.bot("assistant", BOT)
            conversation = await bot.open_conversation("u-1")
            coze.expire_tokens()
            coze.will_say("Hello")
            question = Question(key="k", user_id="u-1", conversation_id=conversation, text="hi")
            heard = [event async for event in bot.ask(question)]

        assert isinstance(heard[-1], ChatFinished)
        assert 2 == len(coze.called("oauth.token"))

    async def test_each_owner_has_a_session_where_people_are_kept_apart(self, coze, app):
        async with OAuthTokens(coze.url, app, per_owner=True) as tokens, CozeConnection(coze.url, tokens) as connection:
            bot = connection.bot("assistant", BOT)
            anns, bobs = bot.for_owner("u-ann"), bot.for_owner("u-bob")
            conversation = await anns.open_conversation("u-ann")
            question = Question(key="k", user_id="u-ann", conversation_id=conversation, text="hi")
            coze.will_say("Hello")
            heard = [event async for event in anns.ask(question)]
            with pytest.raises(ConversationLost):
                [event async for event in bobs.ask(question)]
            assert None is await bobs.find_chat(Sought(key="k", conversation_id=conversation))

        assert isinstance(heard[-1], ChatFinished)
        assert {"u-ann", "u-bob"} == {*coze.sessions.values()}
        assert 2 == len(coze.called("oauth.token"))

    async def test_only_so_many_sessions_are_remembered(self, coze, app):
        async with OAuthTokens(coze.url, app, per_owner=True) as tokens:
            first = tokens.for_owner("u-0")
            assert first is tokens.for_owner("u-0")
            for number in range(1, 1001):
                tokens.for_owner(f"u-{number}")

            assert first is not tokens.for_owner("u-0")

    async def test_nobody_has_a_session_where_people_are_not(self, tokens):
        assert tokens is tokens.for_owner("u-ann")

    async def test_the_jwt_names_the_host_alone_and_is_dated_back(self, app):
        """A clock a little ahead of Coze's would otherwise sign in Coze's future."""
        claims = jwt.decode(
            OAuthTokens("https://api.coze.cn/", app)._signed(),
            app.key.public_key(),
            algorithms=["RS256"],
            audience="api.coze.cn",
        )

        assert {"iss", "aud", "iat", "exp", "jti"} == claims.keys()
        assert 600 < claims["exp"] - claims["iat"]
        assert len(claims["jti"]) > 32


class TestRefusals:
    async def test_a_stranger_is_told_what_to_check(self, coze, key):
        app = OAuthApp(app_id="1121", key_id="AbCdEf", key=key)
        async with tokens_of(coze, app) as tokens:
            with pytest.raises(Unauthorised, match=r"1121 no token: invalid_client: .*check app_id and key_id") as said:
                await tokens.token()

        assert "bot_misconfigured" == said.value.message_id

    async def test_a_wrong_key_is_refused_and_told_to_nobody(self, coze, caplog):
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        app = OAuthApp(app_id="1120", key_id="AbCdEf", key=other)
        with caplog.at_level(logging.DEBUG):
            async with tokens_of(coze, app) as tokens:
                with pytest.raises(Unauthorised, match="bad signature") as said:
                    await tokens.token()

        secret = pem(other).splitlines()[1]
        assert not any(secret in text for text in (caplog.text, repr(app), repr(said.value), said.value.detail))

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ({"status": 503}, Unreachable),
            ({"status": 429}, RateLimited),
            ({"status": 500, "body": {"error_code": "internal_error", "error_message": "oops"}}, Unreachable),
            ({"cut": True}, Unreachable),
            ({"status": 200, "body": {"code": 4100, "msg": "authentication is invalid"}}, Unauthorised),
            ({"status": 200, "body": {"access_token": ""}}, Unauthorised),
        ],
        ids=str,
    )
    async def test_trouble_is_told_apart(self, coze, tokens, fault, expected):
        coze.faults.add("oauth.token", **fault)

        with pytest.raises(expected):
            await tokens.token()

    @pytest.mark.parametrize("wrong", ["", "secret", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----"])
    def test_what_is_no_key_is_not_repeated(self, wrong):
        with pytest.raises(ValueError, match="expected an RSA private key in PEM") as said:
            read_key(wrong)

        assert "secret" not in str(said.value)

    def test_other_kinds_of_keys_are_refused(self, key):
        curved, locked = ec.generate_private_key(ec.SECP256R1()), serialization.BestAvailableEncryption(b"x")
        for wrong in (pem(curved), pem(key, locked)):
            with pytest.raises(ValueError, match="expected an RSA private key"):
                read_key(wrong)


class TestTheEndOfAToken:
    @pytest.mark.parametrize(
        ("expires_in", "seconds"),
        [(900, 900), (86_399, 3600), (None, 3600), ("x", 3600), (1_000_000_001, 3600)],
        ids=str,
    )
    def test_is_a_duration_where_it_cannot_be_a_time(self, expires_in, seconds):
        """The cloud gives a UNIX time; one in the past means that one of two clocks is wrong."""
        assert seconds == _life(expires_in)


def _ending(bought):
    """The same token, in the last minutes of its life."""
    return type(bought)(token=bought.token, renew_at=0.0, ends_at=bought.ends_at)
