"""A Coze behind TLS: whose word on its certificate is taken."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.inquiry import Inquiry
from bridge.coze.transport import authorities
from bridge.sdk.errors import Unreachable
from simulators.coze import BOT, TOKEN, Coze


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback that only its own authority, which is itself, vouches for; with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a Studio of our own")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@asynccontextmanager
async def behind_tls(certificate: Path, coze: Coze) -> AsyncIterator[str]:
    """The address at which *coze* is reached by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def hand_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside = await asyncio.open_connection("127.0.0.1", coze.port)
        await asyncio.gather(hand_on(reader, inside[1]), hand_on(inside[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment, read anew."""
    authorities.cache_clear()
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return monkeypatch


async def opened(address: str, **how: Any) -> str:
    async with CozeConnection(address, StaticToken(TOKEN), **how) as home:
        return await home.bot("assistant", BOT).open_conversation("u-1")


async def test_a_strangers_certificate_is_refused(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    async with Coze() as coze, behind_tls(certificate, coze) as address:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await opened(address)


async def test_the_authority_that_the_config_names_is_believed(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    async with Coze() as coze, behind_tls(certificate, coze) as address:
        assert await opened(address, ca=str(certificate))
        async with Inquiry(address, StaticToken(TOKEN), ca=str(certificate)) as inquiry:
            assert (await inquiry.ask("GET", "/v1/users/me")).code is None


async def test_and_so_is_the_environments(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("SSL_CERT_FILE", str(certificate))
    async with Coze() as coze, behind_tls(certificate, coze) as address:
        assert await opened(address)
    authorities.cache_clear()


async def test_one_authority_is_not_believed_elsewhere(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    """Each Coze has its own; what one is told does not open another."""
    async with Coze() as coze, behind_tls(certificate, coze) as address:
        assert await opened(address, ca=str(certificate))
        with pytest.raises(Unreachable):
            await opened(address)
