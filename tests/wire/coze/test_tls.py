"""A Coze behind TLS: whose word on its certificate is taken."""

from pathlib import Path
from typing import Any

import pytest

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.coze.inquiry import Inquiry
from bridge.coze.transport import authorities
from bridge.sdk.errors import Unreachable
from simulators.coze import BOT, TOKEN, Coze
from tests.tls import behind_tls, write_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback that only its own authority, which is itself, vouches for; with its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "ca.pem")


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of another server, which is its own authority as well."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "another.pem", "another server")


def joined(path: Path, *certificates: Path) -> Path:
    """Write all of the *certificates* to one file."""
    path.write_text("".join(each.read_text() for each in certificates))
    return path


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
    async with Coze() as coze, behind_tls(certificate, coze.port) as address:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await opened(address)


async def test_the_authority_that_the_config_names_is_believed(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    async with Coze() as coze, behind_tls(certificate, coze.port) as address:
        assert await opened(address, ca=str(certificate))
        async with Inquiry(address, StaticToken(TOKEN), ca=str(certificate)) as inquiry:
            assert (await inquiry.ask("GET", "/v1/users/me")).code is None


async def test_and_so_is_the_environments(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("SSL_CERT_FILE", str(certificate))
    async with Coze() as coze, behind_tls(certificate, coze.port) as address:
        assert await opened(address)
    authorities.cache_clear()


@pytest.mark.parametrize("place", [0, 1])
async def test_of_several_authorities_in_a_file_each_is_believed(
    certificate: Path, another: Path, fresh: pytest.MonkeyPatch, tmp_path: Path, place: int
) -> None:
    both = joined(tmp_path / "both.pem", *(certificate, another)[:: 1 if place == 0 else -1])
    async with Coze() as coze, behind_tls(certificate, coze.port) as address:
        assert await opened(address, ca=str(both))


async def test_another_authority_vouches_for_nothing(
    certificate: Path, another: Path, fresh: pytest.MonkeyPatch
) -> None:
    async with Coze() as coze, behind_tls(certificate, coze.port) as address:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await opened(address, ca=str(another))


async def test_one_authority_is_not_believed_elsewhere(certificate: Path, fresh: pytest.MonkeyPatch) -> None:
    """Each Coze has its own; what one is told does not open another."""
    async with Coze() as coze, behind_tls(certificate, coze.port) as address:
        assert await opened(address, ca=str(certificate))
        with pytest.raises(Unreachable):
            await opened(address)
