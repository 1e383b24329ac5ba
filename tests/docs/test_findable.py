"""Tests that can be found: unit tests stand where their module does, and each fixture says what it gives."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
UNIT = TOP / "tests" / "unit"

OF_A_ROOM = {
    "adapters/telegram/test_growing.py",
    "adapters/telegram/test_nothing_is_lost.py",
    "adapters/telegram/test_what_models_write.py",
    "cli/test_cli.py",
    "cli/test_messages.py",
    "config/test_broken_files.py",
    "config/test_complaints.py",
    "testing/test_lines.py",
}
"""What is said of several modules of a room, and is called by that."""


def room_tested(path: Path) -> Path:
    """The folder whose modules the tests in that file are about."""
    room = path.parent.relative_to(UNIT)
    return TOP / room if room.parts[:1] == ("adapters",) else TOP / "bridge" / room


@pytest.mark.parametrize("path", [path.relative_to(UNIT).as_posix() for path in sorted(UNIT.rglob("test_*.py"))])
def test_a_unit_test_stands_where_its_module_does(path: str):
    module = room_tested(UNIT / path) / Path(path).stem.removeprefix("test_")
    there = module.with_suffix(".py").is_file() or module.is_dir()

    assert there is not (path in OF_A_ROOM), f"{path}: expected {module.relative_to(TOP)}.py, or a word in OF_A_ROOM"
    assert module.parent.is_dir()


def test_no_excuse_outlives_its_file():
    assert set() == {path for path in OF_A_ROOM if not (UNIT / path).is_file()}


def fixtures() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every fixture of the tests and of the suite for adapters, with its place."""
    for folder in ("tests", "bridge/testing"):
        for path in sorted((TOP / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_fixture(node):
                    yield f"{path.relative_to(TOP)}:{node.lineno}: {node.name}", node


def is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is decorated as one."""
    made_by = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return any(isinstance(each, ast.Attribute) and each.attr == "fixture" for each in made_by)


def test_each_fixture_says_what_it_gives():
    found = dict(fixtures())

    assert found
    assert [] == [place for place, node in found.items() if not ast.get_docstring(node)]
