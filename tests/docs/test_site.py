"""The site: every page can be reached, in both languages, and what its pages quote is what people and operators see."""

import os
import re
from pathlib import Path
from typing import Any

import polib
import prometheus_client
import pytest
import yaml

from bridge.config.loading import load
from bridge.parts.registry import Kinds
from bridge.sdk import metrics
from tests.docs.test_docs import ENVIRON, PAPERS, blocks, names

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
OPERATIONS = DOCS / "operations.md"
SYMPTOMS = (DOCS / "when-it-breaks.md", DOCS / "zh" / "when-it-breaks.md")
ENGLISH_ALONE = {"performance"}
"""Measured figures, which change with each measurement."""

DECISIONS = sorted(f"decisions/{page.stem}" for page in DOCS.glob("decisions/*.md"))
TRANSLATED = sorted({page.stem for page in DOCS.glob("*.md")} - ENGLISH_ALONE) + DECISIONS
REFERENCE = {"configuration"}  # the English page is generated, and says everything in both languages


def pages(nav: list[Any]) -> set[str]:
    """Every page that a part of the navigation leads to."""
    found: set[str] = set()
    for entry in nav:
        (inner,) = entry.values()
        found |= pages(inner) if isinstance(inner, list) else {inner}
    return found


def code(paper: Path) -> list[str]:
    """What stands in backticks, out of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", paper.read_text(), flags=re.DOTALL))


def shown(paper: Path) -> list[str]:
    """Its fenced blocks."""
    return re.findall(r"^```.*?^```$", paper.read_text(), re.MULTILINE | re.DOTALL)


def test_the_navigation_leads_to_every_page():
    nav = yaml.safe_load((TOP / "mkdocs.yml").read_text())["nav"]
    written = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} | {
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    }

    assert {page for page in written if "decisions/2" not in page} == pages(nav)


@pytest.mark.parametrize("name", TRANSLATED)
def test_what_a_newcomer_reads_is_there_in_chinese(name):
    assert len(re.findall(r"[\u4e00-\u9fff]", (DOCS / "zh" / f"{name}.md").read_text())) > 200


@pytest.mark.parametrize("name", [name for name in TRANSLATED if name not in REFERENCE])
def test_a_chinese_page_has_what_its_english_one_has(name):
    """The same sections, and the same blocks of code, so that who follows either arrives."""
    english, chinese = DOCS / f"{name}.md", DOCS / "zh" / f"{name}.md"

    assert outline(english.read_text()) == outline(chinese.read_text())
    assert f"]({os.path.relpath(english, chinese.parent)})" in chinese.read_text()
    assert f"]({os.path.relpath(chinese, english.parent)})" in english.read_text()


def test_what_was_measured_beside_other_renderers_is_the_same_in_chinese():
    english, chinese = (
        re.findall(r"\| (\d[\d.]*(?:%| ms)?) (?=\|)", (folder / "rendering.md").read_text())
        for folder in (DOCS, DOCS / "zh")
    )

    assert english == chinese != []


@pytest.mark.parametrize("name", ["architecture", "glossary", "release"])
def test_the_same_code_is_named_and_shown_in_chinese(name):
    """Functions, files and words of the code, in whatever order a sentence has them."""
    english, chinese = DOCS / f"{name}.md", DOCS / "zh" / f"{name}.md"

    assert sorted(code(english)) == sorted(code(chinese)) != []
    assert shown(english) == shown(chinese)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_is_the_same_in_chinese(name):
    english, chinese = ((folder / f"{name}.md").read_text() for folder in (DOCS, DOCS / "zh"))

    assert parts(english) == parts(chinese) != []
    assert facts(english) == facts(chinese)


def parts(text: str) -> list[str]:
    """What begins each part, point and row, in their order."""
    return re.findall(r"^(\*\*|- |\|)", text, re.MULTILINE)


def facts(text: str) -> set[str]:
    """Its code, numbers, pages and addresses, which no language changes."""
    return set(re.findall(r"`[^`\n]+`|https:[^)\s]+|[\w-]+\.md\b|\d+(?:\.\d+)?", text))


@pytest.mark.parametrize("paper", PAPERS, ids=names(PAPERS))
def test_no_list_runs_on_from_the_line_above_it(paper):
    """A list of the repository is one on the site only after an empty line."""
    prose = re.sub(r"^ *```.*?^ *```$", "", paper.read_text(), flags=re.MULTILINE | re.DOTALL)

    assert [] == re.findall(r"^(?!- )\S.*\n- .*", prose, re.MULTILINE)


def outline(text: str) -> list[str]:
    """The depth of each heading and the language of each block of code, in their order."""
    return re.findall(r"^ *(#{2,} |```\w+$)", text, re.MULTILINE)


@pytest.mark.parametrize(
    "paper", [TOP / "README.zh-CN.md", DOCS / "zh" / "configuration.md"], ids=lambda paper: paper.name
)
def test_the_chinese_files_are_right(paper, tmp_path):
    (block,) = blocks(paper, "yaml")
    (tmp_path / "config.yaml").write_text(block)

    assert load(tmp_path / "config.yaml", Kinds(), ENVIRON).routes


@pytest.mark.parametrize("paper", PAPERS, ids=names(PAPERS))
def test_each_metric_a_paper_names_exists(paper):
    known = {
        metric._name + ("_total" if metric._type == "counter" else "")
        for metric in vars(metrics).values()
        if isinstance(metric, prometheus_client.metrics.MetricWrapperBase)
    }
    named = {word for said in code(paper) for word in re.findall(r"^bridge_[a-z_]+$", said)}

    assert named <= known


@pytest.mark.parametrize("paper", SYMPTOMS, ids=lambda paper: paper.parent.name)
def test_each_event_that_a_remedy_names_is_one(paper):
    events = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", OPERATIONS.read_text(), re.MULTILINE))
    nouns = {event.partition(".")[0] for event in events}
    settings = {"config.yaml", "database.url", "http.listen", "http.public_url"}
    named = {
        said for said in code(paper) if re.fullmatch(r"[a-z_]+\.[a-z_]+", said) and said.partition(".")[0] in nouns
    }

    assert named - settings
    assert named - settings <= events


@pytest.mark.parametrize("paper", SYMPTOMS, ids=lambda paper: paper.parent.name)
def test_each_setting_that_a_remedy_names_is_one(paper):
    keys = set(re.findall(r"^\| `([a-z_]+)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE))
    sections = {"http", "worker", "access", "bots", "privacy", "defaults", "adapters", "coze"}
    named = [
        said.split(".")
        for said in code(paper)
        if said.partition(".")[0] in sections and re.fullmatch(r"[a-z_.]+", said)
    ]

    assert named
    assert {parts[-1] for parts in named} <= keys


@pytest.mark.parametrize(("paper", "language"), [(SYMPTOMS[0], "en"), (SYMPTOMS[1], "zh")], ids=("en", "zh"))
def test_each_sentence_that_a_symptom_quotes_is_said_to_people(paper, language):
    """A symptom that nobody ever reads leads nobody to its remedy."""
    catalogue = polib.pofile((TOP / "bridge" / "sdk" / "locale" / f"{language}.po").read_text())
    said = " ".join(entry.msgstr for entry in catalogue)
    quoted = re.findall(r"^\| [“\"]([^“”\"]+)[”\"]", paper.read_text(), re.MULTILINE)

    assert len(quoted) > 5
    assert [] == [sentence for sentence in quoted if sentence not in said]
