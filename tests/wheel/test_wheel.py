"""
The wheel as people get it: built from what the Dockerfile copies, installed where nothing else is, run in an empty folder.

No network is asked: the environment borrows what requirements/run.txt pins, and that alone, from the one the tests run in.
What only the tests need is not there, so the bridge cannot come to need it unseen.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from contextlib import asynccontextmanager, suppress
from importlib import metadata
from pathlib import Path

import aiohttp
import pytest

from simulators.coze import BOT, TOKEN, Coze
from simulators.telegram import Telegram
from tests.ports import free_port
from tests.wire.house import PATIENCE

TOP = Path(__file__).parents[2]
LIGHT = 120 * 2**20
"""Bytes that `pip install coze-bridge` may put on a disk, compiled files and all."""

PACKAGES = ("adapters", "bridge", "migrations", "simulators")
BUILDERS = {"setuptools", "pip", "wheel"}
FAST = {"uvloop"}
"""What `pip install coze-bridge[fast]` adds; the pins have it."""

CONFIG = """\
database: sqlite:///bridge.db
coze: {main: {token: pat_0123456789}}
adapters: {terminal: {kind: console}}
bots: {assistant: {bot_id: "7379462189365198898"}}
routes: [{name: everyone, bot: assistant}]
tests: [{say: hello, expect: everyone}]
"""


def run(*words, **options):
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=90, **options)


def pip(*words, **options):
    quiet = ("--disable-pip-version-check", "--no-input")
    done = run(sys.executable, "-m", "pip", *quiet, *words, **options)

    assert 0 == done.returncode, done.stdout + done.stderr


def tracked(*paths: str) -> list[str]:
    """What git knows below these, new files that are not ignored among it."""
    words = ("ls-files", "--cached", "--others", "--exclude-standard", "--", *paths)
    return [line for line in run("git", *words, cwd=TOP).stdout.splitlines() if (TOP / line).exists()]


def copied() -> list[str]:
    """What the Dockerfile takes from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", (TOP / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    return [path for line in lines for path in line.split()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built in a folder where nothing was built before."""
    tree, into = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for name in tracked(*copied()):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TOP / name, tree / name)
    pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", into, tree)
    (built,) = into.iterdir()
    return built


def pinned() -> list[metadata.Distribution]:
    """What the bridge runs on, as far as this platform wants it."""
    text = (TOP / "requirements" / "run.txt").read_text()
    wanted = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE)) - BUILDERS
    return [metadata.distribution(name) for name in sorted(wanted)]


def weight(distribution: metadata.Distribution) -> int:
    """Bytes of its files, and of those that pip compiles from them."""
    files = [Path(str(distribution.locate_file(file))) for file in distribution.files or ()]
    return sum(file.stat().st_size for file in files if file.exists())


def borrow(distribution: metadata.Distribution, shelf: Path) -> None:
    """Link what it installed at the top of its environment."""
    for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        if not (shelf / top).exists():
            (shelf / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """One with the wheel, what it runs on, and nothing else."""
    home, shelf = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("shelf")
    venv.create(home, with_pip=False, symlinks=True)
    pip("--python", home / "bin" / "python", "install", "--no-index", "--no-deps", wheel)
    for distribution in pinned():
        borrow(distribution, shelf)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "shelf.pth").write_text(f"{shelf}\n")
    return home


@pytest.fixture
def call(environment, tmp_path):
    """Run the installed ``coze-bridge`` in an empty folder, told nothing by the environment of the tests."""

    def call(*words):
        told = {"PATH": os.defpath, "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        return run(environment / "bin" / "coze-bridge", *words, cwd=tmp_path, env=told)

    return call


def test_it_holds_every_file_of_the_packages_and_no_other(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert set(tracked(*PACKAGES)) == held


def test_what_it_asks_for_is_pinned(environment):
    pip("--python", environment / "bin" / "python", "check")


def test_it_is_light(environment):
    bare = [distribution for distribution in pinned() if distribution.name not in FAST]
    (ours,) = environment.glob("lib/python*/site-packages")

    assert sum(map(weight, bare)) + sum(file.stat().st_size for file in ours.rglob("*") if file.is_file()) < LIGHT


@pytest.mark.parametrize("name", ["hypothesis", "playwright", "pytest", "setuptools"])
def test_it_runs_without_what_the_tests_need(environment, name):
    assert 0 != run(environment / "bin" / "python", "-I", "-c", f"import {name}").returncode


def test_its_version_is_the_projects(call):
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]

    assert project["version"] in call("--version").stdout


def test_it_tells_what_it_can_do(call):
    done = call("--help")

    assert 0 == done.returncode
    assert "Start here: coze-bridge demo" in done.stdout


def test_it_checks_a_config(call, tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG)
    done = call("check")

    assert 0 == done.returncode, done.stderr


def test_it_brings_a_database_to_its_schema(call, tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG)

    assert 0 == call("migrate").returncode
    assert 0 == call("migrate", "--check").returncode


def test_the_demo_answers_from_an_empty_folder(call, tmp_path):
    done = call("demo", "--once", "hello")

    assert 0 == done.returncode, done.stderr
    assert "hello" in done.stdout
    assert [] == list(tmp_path.iterdir())


class Newcomer:
    """Somebody in an empty folder with the installed command alone, and far sides that answer."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder, self.program = folder, program
        self.port = free_port()
        self.environ = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8"}

    async def does(self, *words) -> str:
        """What one command prints; it must succeed."""
        done = await asyncio.to_thread(run, self.program, *words, cwd=self.folder, env=self.environ)

        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    @asynccontextmanager
    async def running(self):
        """The daemon in the background, and a client that reaches its pages."""
        with (self.folder / "log").open("wb") as log:
            daemon = await asyncio.create_subprocess_exec(
                self.program, "run", cwd=self.folder, env=self.environ, stdout=log, stderr=log
            )
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as client:
            try:
                await self._until_ready(client)
                yield client
            finally:
                daemon.terminate()
                self.ended = await daemon.wait()

    async def _until_ready(self, client: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(3 * PATIENCE):  # its files are compiled meanwhile
            while True:
                with suppress(aiohttp.ClientConnectionError):
                    async with client.get("/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)


@pytest.fixture
def newcomer(environment, tmp_path) -> Newcomer:
    """Somebody in an empty folder who has just installed the wheel."""
    return Newcomer(tmp_path, environment / "bin" / "coze-bridge")


async def test_from_the_wheel_alone_to_a_running_bot_by_the_words_of_the_papers(newcomer):
    """docs/init.md and docs/operations.md: init, check, run, doctor, console, a backup; then the backup answers, too."""
    async with Coze() as coze, Telegram() as telegram:
        token = ("--telegram-token", telegram.token, "--telegram-api-url", telegram.url)
        bot = ("--coze-token", TOKEN, "--coze-url", coze.url, "--bot-id", BOT)
        await newcomer.does("init", "--yes", *token, *bot, "--listen", f"127.0.0.1:{newcomer.port}")
        assert {".env", "config.yaml"} <= {path.name for path in newcomer.folder.iterdir()}
        await newcomer.does("check")
        with (newcomer.folder / ".env").open("a") as env:
            env.write("BRIDGE_ADMIN_TOKEN=correct-horse\n")
        async with newcomer.running() as client:
            assert "fail" not in await newcomer.does("doctor")
            ann = telegram.person("Ann")
            coze.will_say("Hello, Ann.")
            telegram.says(ann, "hello")
            await telegram.until(lambda: telegram.bot_texts(ann.id), within=PATIENCE)
            assert "Answers at work" in await opened_console(client)
            await newcomer.does("store", "backup", "backup.db")
        for name in ("bridge.db", "bridge.db-wal", "bridge.db-shm"):
            (newcomer.folder / name).unlink(missing_ok=True)
        (newcomer.folder / "backup.db").rename(newcomer.folder / "bridge.db")
        listed = await newcomer.does("people", "list")

    assert 0 == newcomer.ended
    assert str(ann.id) in listed


async def opened_console(client: aiohttp.ClientSession) -> str:
    """The first page, for who logs in with the token; a client on a command line sends no cookie of https over http."""
    sent = client.post("/console/login", data={"token": "correct-horse"}, allow_redirects=False)
    async with sent as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    async with client.get("/console", headers={"Cookie": cookie}) as page:
        assert 200 == page.status
        return await page.text()
