"""Every noun of the house is in the glossary, and every word of the glossary is in the house."""

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
GLOSSARY = (TOP / "docs" / "glossary.md").read_text()
WORDS = [
    word for cell in re.findall(r"^\| (`[^|]+`) \|", GLOSSARY, re.MULTILINE) for word in re.findall(r"`(\w+)`", cell)
]
CODE = {word for path in (TOP / "bridge").rglob("*.py") for word in re.findall(r"\w+", path.read_text())}
SDK = ("model", "ports", "errors", "pacing")


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_in_the_code(word):
    assert word in CODE


@pytest.mark.parametrize("module", SDK)
def test_each_public_class_of_the_sdk_is_explained(module):
    body = ast.parse((TOP / "bridge" / "sdk" / f"{module}.py").read_text()).body
    public = [node.name for node in body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]

    missing = [name for name in public if name not in WORDS]

    assert [] == missing, "give each a line in docs/glossary.md, with the name that other systems have for it"


def test_no_word_is_explained_twice():
    assert sorted(WORDS) == sorted(set(WORDS))
