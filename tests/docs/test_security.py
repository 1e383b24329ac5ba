"""Every test that docs/security.md names as a proof is there, and every threat has one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAPER = (TOP / "docs" / "security.md").read_text()
THREATS = re.findall(r"^\| (?!Threat|---)(.+?) \| .+? \| (.+?) \|$", PAPER, re.MULTILINE)
PROOFS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAPER)))


@cache
def names(path: str) -> set[str]:
    """Every test and class of tests in that file."""
    nodes = ast.walk(ast.parse((TOP / path).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


@pytest.mark.parametrize(("path", "name"), PROOFS)
def test_each_proof_is_there(path, name):
    assert name in names(path)


@pytest.mark.parametrize(("threat", "proof"), THREATS, ids=[threat for threat, _ in THREATS])
def test_each_threat_has_a_proof(threat, proof):
    assert "tests/" in proof
