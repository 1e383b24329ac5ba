"""What the papers promise: files that parse, links that lead somewhere, commands and events that exist."""

import ast
import inspect
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import prometheus_client
import pytest
import yaml

from adapters.slack.manifest import manifest as app_manifest
from adapters.slack.scopes import SCOPES
from bridge.config.loading import load
from bridge.parts.registry import Kinds
from bridge.routing.selftest import run_tests
from bridge.sdk import attachment_telemetry, chat_telemetry, daemon_telemetry, telemetry
from bridge.sdk import metrics as instruments
from tests.docs.calls import wrong

TOP = Path(__file__).parents[2]
PAPERS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
DECISIONS = [page for page in PAPERS if page.match("decisions/2*.md")]
OPERATIONS = TOP / "docs" / "operations.md"
ENVIRON = {
    "COZE_TOKEN": "pat_0123456789",
    "TELEGRAM_TOKEN": "123456:sesame-sesame-sesame-sesame-sesame",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
}
LEVELS = {"exception": "error"}


def blocks(paper: Path, language: str) -> Iterator[str]:
    """The fenced blocks in that language."""
    for indent, block in re.findall(rf"^( *)```{language}\n(.*?)^ *```", paper.read_text(), re.MULTILINE | re.DOTALL):
        yield re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)


def names(papers: list[Path]) -> list[str]:
    return [str(paper.relative_to(TOP)) for paper in papers]


class TestConfig:
    def test_the_example_is_right_and_passes_its_own_tests(self):
        settings = load(TOP / "config.example.yaml", Kinds(), ENVIRON)

        assert settings.tests
        assert () == tuple(run_tests(settings))

    def test_the_shortest_file_in_the_example_is_right(self, tmp_path):
        text, _, _ = (TOP / "config.example.yaml").read_text().partition("# Check it")
        shortest = re.findall(r"^#   (\w+: [\[{].*)$", text, re.MULTILINE)
        (tmp_path / "config.yaml").write_text("\n".join(shortest))

        assert 4 == len(shortest)
        assert load(tmp_path / "config.yaml", Kinds(), ENVIRON).routes

    def test_the_readmes_file_is_right(self, tmp_path):
        (block,) = blocks(TOP / "README.md", "yaml")
        (tmp_path / "config.yaml").write_text(block)

        assert {"telegram", "slack"} == set(load(tmp_path / "config.yaml", Kinds(), ENVIRON).adapters)


class TestSlacksManifest:
    @pytest.fixture
    def manifest(self):
        """The manifest that the docs have people paste into Slack, parsed."""
        return yaml.safe_load((TOP / "docs" / "slack-app-manifest.yaml").read_text())

    def test_it_is_what_the_command_prints(self):
        """``coze-bridge slack manifest > docs/slack-app-manifest.yaml``, for an app with Socket Mode."""
        assert app_manifest(None) == (TOP / "docs" / "slack-app-manifest.yaml").read_text()

    def test_it_asks_for_every_scope_the_adapter_needs(self, manifest):
        assert set(manifest["oauth_config"]["scopes"]["bot"]) >= {need.name for need in SCOPES if need.vital}

    def test_every_event_it_subscribes_to_has_its_scope(self, manifest):
        """Slack refuses a manifest with an event whose scope is missing."""
        wanted = {
            "app_mention": "app_mentions:read",
            "message.im": "im:history",
            "message.mpim": "mpim:history",
            "message.channels": "channels:history",
            "message.groups": "groups:history",
            "agent_session_stopped": "assistant:write",
            "app_context_changed": "assistant:write",
            "app_home_opened": None,
        }
        scopes = set(manifest["oauth_config"]["scopes"]["bot"])
        events = manifest["settings"]["event_subscriptions"]["bot_events"]

        assert {wanted[event] for event in events} <= {*scopes, None}

    def test_an_app_that_people_install_comes_back_to_us_hears_who_leaves_and_rotates(self):
        back = "https://bridge.example.org/slack/acme/oauth_redirect"
        installed = yaml.safe_load(app_manifest(None, redirect_url=back))

        assert [back] == installed["oauth_config"]["redirect_urls"]
        assert {"app_uninstalled", "tokens_revoked"} <= set(installed["settings"]["event_subscriptions"]["bot_events"])
        assert installed["settings"]["token_rotation_enabled"]
        assert installed["settings"]["org_deploy_enabled"]

    def test_it_promises_what_there_is(self, manifest):
        features = manifest["features"]

        assert features["app_home"] == {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        }
        assert ["ask_about_this"] == [shortcut["callback_id"] for shortcut in features["shortcuts"]]
        assert {"agent_view"} <= features.keys()
        assert {"app_home_opened", "app_context_changed"} <= set(
            manifest["settings"]["event_subscriptions"]["bot_events"]
        )

    def test_it_has_the_command_the_adapter_spells(self, manifest):
        assert ["/coze"] == [command["command"] for command in manifest["features"]["slash_commands"]]
        assert "commands" in manifest["oauth_config"]["scopes"]["bot"]


@pytest.mark.parametrize("paper", PAPERS, ids=names(PAPERS))
class TestPapers:
    def test_every_link_within_the_house_leads_somewhere(self, paper):
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", paper.read_text(), flags=re.DOTALL)
        links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose)
        within = [link for link in links if not re.match(r"\w+:", link)]

        assert [] == [link for link in within if not (paper.parent / link).exists()]

    def test_every_command_it_names_exists(self, paper):
        """``coze-bridge inbox retry 17``: each word as long as there are groups, and each option of it."""
        said = re.findall(r"^\s*(?:\$ )?coze-bridge ([^\n#|]+)", _code(paper), re.MULTILINE)

        assert [] == [said_wrong for line in said if (said_wrong := wrong(line))]

    def test_every_file_of_tests_and_script_it_names_exists(self, paper):
        tests = {path.name for path in TOP.glob("tests/**/*.py")}
        named = set(re.findall(r"\btest_\w+\.py\b", paper.read_text()))
        scripts = set(re.findall(r"(?<![\w/])scripts/([\w.-]*\w)", paper.read_text()))

        assert set() == named - tests
        assert set() == {name for name in scripts if not (TOP / "scripts" / name).exists()}

    def test_every_target_of_make_it_names_exists(self, paper):
        targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))

        assert set(re.findall(r"(?:^\$? ?|`|&& )make ([a-z-]+)", _code(paper), re.MULTILINE)) <= targets


class TestDecisions:
    @pytest.mark.parametrize("page", DECISIONS, ids=names(DECISIONS))
    def test_each_page_is_listed_with_its_date_and_title(self, page):
        title, _, dated, *_ = page.read_text().splitlines()
        date, _, _ = dated.partition(" ")

        assert date == page.name[: len("2026-11-23")]
        assert f"| {date} | [{title.removeprefix('# ')}]({page.name}) |" in (page.parent / "README.md").read_text()


def test_the_code_that_papers_show_is_the_code_that_is_tested():
    checked = subprocess.run(
        [sys.executable, TOP / "scripts" / "include-files", "--check"], check=False, capture_output=True, text=True
    )

    assert 0 == checked.returncode, checked.stderr
    assert "class LinesAdapter" in (TOP / "docs" / "adapters.md").read_text(encoding="utf-8")


def test_contributors_are_told_of_every_folder():
    """Those of the house, and those of the tests; what git ignores is nobody's."""
    ignored = [line.rstrip("/") for line in (TOP / ".gitignore").read_text().split()] + [".git", "tests"]
    folders = [f"`{path.relative_to(TOP)}/`" for path in (*TOP.iterdir(), *(TOP / "tests").iterdir()) if path.is_dir()]
    told = (TOP / "CONTRIBUTING.md").read_text()

    assert [] == [
        name
        for name in folders
        if name not in told and not any(fnmatch(name[1:-2].split("/")[-1], one) for one in ignored)
    ]


def test_contributors_are_told_what_each_target_takes():
    targets = re.findall(r"^([a-z]+):.*## ", (TOP / "Makefile").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `make ([a-z]+)` \| ([^|]+) \|", (TOP / "CONTRIBUTING.md").read_text(), re.MULTILINE)

    assert sorted({*targets} - {"help"}) == sorted(target for target, takes in rows if takes.strip())


def _code(paper: Path) -> str:
    """What stands as code in it, a line each."""
    return "\n".join(
        "".join(found) for found in re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", paper.read_text(), re.DOTALL)
    )


def events() -> Iterator[tuple[str, str, str, str]]:
    """Every event of the house: its name, level, fields, and what it says."""
    every = (telemetry, attachment_telemetry, daemon_telemetry, chat_telemetry)
    modules = (ast.parse(inspect.getsource(module)) for module in every)
    for function in itertools.chain.from_iterable(module.body for module in modules):
        for call in ast.walk(function):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="_log"), attr=level), args=[ast.Constant(value=name)]
                ) if isinstance(function, ast.FunctionDef):
                    fields = ", ".join(str(field.arg) for field in call.keywords) or "–"
                    yield (
                        str(name),
                        LEVELS.get(level, level),
                        fields,
                        (ast.get_docstring(function) or "").replace("*", ""),
                    )


def metrics() -> Iterator[tuple[str, str, str, str]]:
    """Every metric of the house: its name on the wire, type, labels, and what it says."""
    for metric in vars(instruments).values():
        if isinstance(metric, prometheus_client.metrics.MetricWrapperBase):
            name = metric._name + ("_total" if metric._type == "counter" else "")
            yield name, str(metric._type), ", ".join(metric._labelnames) or "–", f"{metric._documentation}."


def rows(known: Iterator[tuple[str, str, str, str]]) -> list[str]:
    return [f"| `{name}` | {kind} | {fields} | {says} |" for name, kind, fields, says in known]


class TestOperations:
    """Each table row is asked for whole: copy what is missing from the failure into the paper."""

    @pytest.mark.parametrize("row", rows(events()))
    def test_every_event_is_listed(self, row):
        assert row in OPERATIONS.read_text().splitlines()

    @pytest.mark.parametrize("row", rows(metrics()))
    def test_every_metric_is_listed(self, row):
        assert row in OPERATIONS.read_text().splitlines()

    def test_nothing_else_is_listed(self):
        """Neither what does not exist nor what was said of it in an earlier version; a crash is told by no function."""
        listed = re.findall(r"^\| `(?:[a-z_]+\.[a-z_]+|bridge_[a-z_]+)` \|.*", OPERATIONS.read_text(), re.MULTILINE)

        assert {*rows(events()), *rows(metrics())} == {row for row in listed if "`bridge.crashed`" not in row}

    def test_every_metric_an_alarm_watches_exists(self):
        known = {name for name, *_ in metrics()}

        assert {name.rstrip("{") for name in re.findall(r"\bbridge_[a-z_]+", OPERATIONS.read_text())} <= known


@pytest.mark.parametrize("paper", ["docs/architecture.md", "docs/zh/architecture.md"])
def test_the_walks_lead_past_functions_that_are_there(paper):
    steps = re.findall(r"`([\w/]+\.py):(\w+)`", (TOP / paper).read_text(encoding="utf-8"))
    missing = [
        f"{path}:{name}"
        for path, name in steps
        if not re.search(rf"def {name}\(", (TOP / path).read_text(encoding="utf-8"))
    ]

    assert [] == missing
    assert len(steps) > 20
