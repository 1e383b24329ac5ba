"""Whoever follows the guide for adapters to the letter, in an empty folder, has an adapter that keeps the contract."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = (TOP / "docs" / "adapters.md", TOP / "docs" / "zh" / "adapters.md")
CONFIG = """\
database: sqlite:///bridge.db
coze: {main: {token: pat_0123456789}}
adapters: {chat: {kind: lines, port: 4711}}
bots: {assistant: {bot_id: "7379462189365198898"}}
routes: [{name: everyone, bot: assistant}]
"""


def run(folder: Path, *words: str) -> str:
    """What it prints; it must succeed."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=folder)

    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=PAGES, ids=lambda page: page.parent.name)
def folder(request, tmp_path):
    """The three files of the page under the names that it gives them, and nothing else."""
    page = request.param.read_text(encoding="utf-8")
    name = r"`(\w+\.(?:py|toml))`(?:(?!```).)*?"
    for file, text in re.findall(name + r"```(?:python|toml)\n(.*?)```", page, re.DOTALL):
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_its_files_keep_the_contract_and_are_found_once_they_are_installed(folder):
    assert {"coze_bridge_lines.py", "pyproject.toml", "test_lines.py"} == {file.name for file in folder.iterdir()}

    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    here = ("--no-index", "--no-deps", "--no-build-isolation", "--target", ".")
    run(folder, "pip", "install", *quiet, *here, ".")
    assert re.search(r"\d+ passed, \d+ skipped", run(folder, "pytest", "-p", "no:cacheprovider"))
    (folder / "config.yaml").write_text(CONFIG)
    assert "config.yaml: fine" in run(folder, "bridge", "check")
