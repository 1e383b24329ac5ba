"""No message sends anybody to a command or an option that does not exist."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.calls import wrong

TOP = Path(__file__).parents[3]
SOURCES = [path for package in ("bridge", "adapters") for path in sorted((TOP / package).rglob("*.py"))]
CATALOGUES = sorted((TOP / "bridge").rglob("*.po"))


def texts(path):
    """Every text in that file, with the line it stands on."""
    if path.suffix == ".po":
        yield from enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def calls():
    for path in SOURCES + CATALOGUES:
        for line, text in texts(path):
            quoted = re.findall(r"`coze-bridge ([^`]+)`", text)
            shown = re.findall(r"(?:Example: |Start it: |^\$ )coze-bridge ([^\n]+)", text, re.MULTILINE)
            for call in dict.fromkeys(quoted + shown):
                yield pytest.param(call, id=f"{path.relative_to(TOP)}:{line}: {call[:40]}")


def test_there_are_such_messages():
    assert len(list(calls())) > 20


@pytest.mark.parametrize("call", list(calls()))
def test_every_command_that_a_message_names_exists(call):
    assert wrong(call.partition(" > ")[0]) is None
