"""What adapters keep of their platforms' secrets, on each kind of database."""

import asyncio
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bridge.store.database import Database, open_database
from bridge.store.secrets import AdapterSecrets


@pytest.fixture
def secrets(database: Database) -> AdapterSecrets:
    """What the adapter ``acme`` keeps sealed."""
    return AdapterSecrets(database, "acme")


async def test_a_value_is_kept_replaced_and_deleted(secrets: AdapterSecrets) -> None:
    assert await secrets.put("token", "T1", "one")
    assert await secrets.put("token", "T2", "two")
    assert await secrets.put("token", "T1", "new")

    assert {"T1": "new", "T2": "two"} == await secrets.all("token")
    await secrets.delete("token", "T1")
    assert (None, "two") == (await secrets.get("token", "T1"), await secrets.get("token", "T2"))


async def test_adapters_and_kinds_are_kept_apart(secrets: AdapterSecrets, database: Database) -> None:
    await secrets.put("token", "T1", "ours")
    await AdapterSecrets(database, "other").put("token", "T1", "theirs")
    await secrets.put("state", "T1", "another")

    assert {"T1": "ours"} == await secrets.all("token")


async def test_a_value_is_taken_once_by_whoever_comes_first(secrets: AdapterSecrets) -> None:
    await secrets.put("state", "s", "cookie", valid_for=60)

    taken = await asyncio.gather(*(secrets.take("state", "s") for _ in range(5)))

    assert ["cookie"] == [one for one in taken if one]


async def test_what_is_not_valid_any_more_is_gone(secrets: AdapterSecrets, database: Database) -> None:
    await secrets.put("state", "s", "old", valid_for=-1)

    assert (None, None, {}) == (
        await secrets.get("state", "s"),
        await secrets.take("state", "s"),
        await secrets.all("state"),
    )
    await secrets.put("state", "t", "new", valid_for=60)
    rows = await database.read(lambda connection: connection.scalar(text("select count(*) from adapter_secrets")))
    assert 1 == rows


async def test_there_are_no_more_than_are_allowed(secrets: AdapterSecrets) -> None:
    put = [await secrets.put("state", str(number), "x", valid_for=60, at_most=3) for number in range(5)]

    assert [True, True, True, False, False] == put
    assert await secrets.put("state", "0", "replaced", valid_for=60, at_most=3)


async def test_only_one_is_at_it_at_a_time(secrets: AdapterSecrets, database: Database) -> None:
    inside: list[str] = []

    async def work(name: str) -> None:
        async with AdapterSecrets(database, "acme").alone("rotation T1"):
            inside.append(name)
            await asyncio.sleep(0)
            assert name == inside[-1]

    await asyncio.gather(*(work(name) for name in "abc"))

    assert ["a", "b", "c"] == sorted(inside)


async def test_no_value_can_be_read_in_the_file(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}", keys=[key]) as database:
        await AdapterSecrets(database, "acme").put("token", "T1", "xoxb-very-secret")
        assert "xoxb-very-secret" == await AdapterSecrets(database, "acme").get("token", "T1")
    async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}") as database:
        assert (None, {}) == (
            await AdapterSecrets(database, "acme").get("token", "T1"),
            await AdapterSecrets(database, "acme").all("token"),
        )

    assert not any(b"xoxb-very-secret" in file.read_bytes() for file in tmp_path.iterdir())  # noqa: ASYNC240 - a test
