"""Standard streams that whoever started the command has closed, as some supervisors do."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
coze: {main: {token: pat}}
adapters: {desk: {kind: console}}
bots: {assistant: {bot_id: 7379462189365198898}}
routes: [{bot: assistant}]
"""
QUESTION = "Erase all that is kept about desk:7, at Coze too? [y/N]: "
ANSWER = "nothing of desk:7 was erased; --yes erases without asking"


def ends(folder: Path, words: str) -> tuple[int, str]:
    """How ``coze-bridge`` ends in that folder, called by a shell with these *words*; and what it prints."""
    (folder / "config.yaml").write_text(CONFIG)
    called = ["/bin/sh", "-c", f'exec "$0" -m bridge {words}', sys.executable]
    done = subprocess.run(called, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("inbox list --json <&-", (0, "[]\n")),
        ("inbox list --json <&- >&- 2>&-", (0, "")),
        ("people forget desk:7 <&- 2>&1", (1, f"{QUESTION}\ncoze-bridge: {ANSWER}\n")),
    ],
)
def test_a_command_works_without(tmp_path, words, expected):
    """The event loop aborts where a socket of its own takes the place of one, and a question finds nothing to read from."""
    assert expected == ends(tmp_path, words)
