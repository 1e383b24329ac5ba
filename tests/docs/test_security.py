"""Every test that docs/security.md and docs/operations.md name as a proof is there, and every threat and every bound has one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bridge.store.tables import metadata

TOP = Path(__file__).parents[2]
PAPER = (TOP / "docs" / "security.md").read_text()
THREATS = re.findall(r"^\| (?!#|Threat|Fault|---)(.+?) \| .+? \| (.+?) \|$", PAPER, re.MULTILINE)
FOUND = PAPER.partition("## What was found")[2].partition("\n## ")[0]
FAULTS = re.findall(r"^\| (?!Fault|---)(.+?) \| .+? \| (.+?) \| (.+?) \|$", FOUND, re.MULTILINE)
IN_SHORT = PAPER.partition("## The thirty threats in short")[2].partition("\n## ")[0]
NUMBERED = re.findall(r"^\| (\d+) \| .+? \| .+? \| (.+?) \|$", IN_SHORT, re.MULTILINE)
BOUNDS = (TOP / "docs" / "operations.md").read_text().partition("## Bounds")[2].partition("\n## ")[0]
BOUNDED = re.findall(r"^\| (?!What|---)(.+?) \| .+? \| (.+?) \|$", BOUNDS, re.MULTILINE)
PROOFS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAPER + BOUNDS)))


@cache
def names(path: str) -> set[str]:
    """Every test and class of tests in that file."""
    nodes = ast.walk(ast.parse((TOP / path).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


@pytest.mark.parametrize(("path", "name"), PROOFS)
def test_each_proof_is_there(path, name):
    assert name in names(path)


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_each_table_has_a_bound(table):
    assert [what for what, _ in BOUNDED if f"`{table}`" in what]


@pytest.mark.parametrize(("threat", "proof"), [*THREATS, *BOUNDED], ids=[threat for threat, _ in [*THREATS, *BOUNDED]])
def test_each_threat_has_a_proof(threat, proof):
    assert "tests/" in proof


def test_each_of_the_thirty_threats_has_its_number_and_a_test():
    assert list(range(1, 31)) == [int(number) for number, _ in NUMBERED]
    assert [] == [number for number, proof in NUMBERED if not re.fullmatch(r"(`tests/[\w/]+\.py::\w+`(, )?)+", proof)]


@pytest.mark.parametrize(("fault", "again", "law"), FAULTS, ids=[fault for fault, *_ in FAULTS])
def test_each_fault_is_tried_again_and_its_kind_by_a_law(fault, again, law):
    assert "tests/" in again
    assert "tests/" in law
