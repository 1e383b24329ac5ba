"""What the daemon tells systemd, heard on a real datagram socket."""

import asyncio
import os
import socket
import tempfile
from contextlib import contextmanager

import pytest

from bridge.process import systemd
from tests.wire.house import PATIENCE, House


@contextmanager
def listening(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.setblocking(False)
        yield ear


async def heard(ear):
    """The states of the next datagram."""
    async with asyncio.timeout(PATIENCE):
        return (await asyncio.get_running_loop().sock_recv(ear, 1 << 12)).decode().split("\n")


async def until(ear, state):
    """The datagram that says so; what comes before it is let go."""
    while state not in (told := await heard(ear)):
        pass
    return told


@pytest.fixture
def ear(monkeypatch):
    """Where systemd listens; the name of a socket may have a hundred characters, fewer than pytest's folders."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, listening(f"{folder}/notify") as ear:
        monkeypatch.setenv("NOTIFY_SOCKET", f"{folder}/notify")
        yield ear


async def test_it_says_when_it_is_ready_reads_its_config_and_stops(tmp_path, platforms, ear):
    async with House(tmp_path, *platforms).living() as house:
        assert ["READY=1"] == await heard(ear)
        house.bridge.reload()
        told = await until(ear, "RELOADING=1")

        assert told[1].removeprefix("MONOTONIC_USEC=").isdecimal()
        assert ["READY=1"] == await heard(ear)
    assert ["STOPPING=1"] == await until(ear, "STOPPING=1")


async def test_a_refused_config_ends_the_reload_too(tmp_path, platforms, ear):
    async with House(tmp_path, *platforms).living() as house:
        await until(ear, "READY=1")
        (tmp_path / "config.yaml").write_text("nothing: of use")
        house.bridge.reload()
        await until(ear, "RELOADING=1")

        assert ["READY=1"] == await heard(ear)


async def test_the_watchdog_hears_that_the_loop_turns(tmp_path, platforms, ear, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    async with House(tmp_path, *platforms).living():
        for _ in range(3):
            await until(ear, "WATCHDOG=1")


@pytest.mark.parametrize(
    ("microseconds", "process"), [("", None), ("0", None), ("20000", "1")], ids=["unset", "off", "of another process"]
)
async def test_a_watchdog_that_is_not_ours_hears_nothing(ear, monkeypatch, microseconds, process):
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    if process:
        monkeypatch.setenv("WATCHDOG_PID", process)
    await systemd.watchdog()

    with pytest.raises(BlockingIOError):
        ear.recv(1)


@pytest.mark.skipif(not hasattr(socket, "SO_PASSCRED"), reason="only Linux has names that no file has")
async def test_an_abstract_name_is_found(monkeypatch):
    name = f"coze-bridge-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    with listening(f"\0{name}") as ear:
        systemd.sd_notify("READY=1", "STATUS=well")

        assert ["READY=1", "STATUS=well"] == await heard(ear)


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens-there"])
def test_nobody_listening_is_no_failure(monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd.sd_notify("READY=1")
