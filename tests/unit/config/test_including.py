"""Files that a config file joins: merged section by section, and complained about by their own name and line."""

import os

import pytest

from bridge.config.loading import load
from bridge.sdk.errors import ConfigError
from tests.unit.config.test_complaints import ENVIRON, KINDS

MAIN = """\
include: [more/*.yaml, last.yaml]
coze: {main: {token: pat}}
adapters: {helpdesk: {kind: telegram, token: "1:a"}}
bots: {assistant: {bot_id: "1"}}
people: {staff: ["helpdesk:1"]}
routes:
  - {name: first, when: {from: staff}, bot: assistant}
"""
TEAM = """\
people: {team: ["helpdesk:2"]}
bots: {helper: {bot_id: "2"}}
routes:
  - {name: team, when: {from: team}, bot: helper}
tests:
  - {say: hi, from: team, expect: team}
"""
LAST = """\
routes:
  - {name: everyone, bot: assistant}
"""


@pytest.fixture
def write(tmp_path):
    """Write these files, and load the first."""

    def write(**files):
        (tmp_path / "more").mkdir(exist_ok=True)
        for name, text in ({"main": MAIN, "team": TEAM, "last": LAST} | files).items():
            folder = tmp_path if name in ("main", "last") else tmp_path / "more"
            (folder / f"{name}.yaml").write_text(text)
        return load(tmp_path / "main.yaml", KINDS, ENVIRON)

    return write


@pytest.fixture
def complaints(write, tmp_path):
    """Write these files, and give what is wrong with them."""

    def complaints(**files):
        with pytest.raises(ConfigError) as refusal:
            write(**files)
        return refusal.value.detail.replace(f"{tmp_path}/", "").splitlines()

    return complaints


def test_sections_are_merged_and_routes_come_in_the_order_of_the_list(write):
    settings = write(alpha="routes: [{name: alpha, when: {chat: 1}, bot: helper}]\n")

    assert ["first", "alpha", "team", "everyone"] == [route.name for route in settings.routes]
    assert {"assistant", "helper"} == settings.bots.keys()
    assert {"staff", "team"} == settings.people.keys()
    assert ["team"] == [test.expect for test in settings.tests]


@pytest.mark.parametrize(
    ("last", "complaint"),
    [
        ("routes:\n  - {name: x, bot: nobody}\n", "last.yaml:2:15: routes.2.bot: unknown bot `nobody`; expected one of assistant, helper"),
        ("bots: {assistant: {bot_id: '3'}}\n", "last.yaml:1:8: bots.assistant: is already set in main.yaml on line 4; keep one"),
        ("bots: {helper: {bot_id: '3'}}\n", "last.yaml:1:8: bots.helper: is already set in more/team.yaml on line 2; keep one"),
        ("database: sqlite:///b.db\ninclude: [x.yaml]\n", "last.yaml:2:1: include: only the first file may include others; move the list there"),
        ("rooutes: []\n", "last.yaml:1:1: rooutes: unknown key; did you mean `routes`?"),
        ("routes: {}\n", "last.yaml:1:1: routes: is already set in main.yaml on line 6; keep one"),
        ("defaults: {memory: nothing}\n", "last.yaml:1:12: defaults.memory: expected auto, person, chat or thread, got `nothing`"),
        ("bots: {third: {bot_id: '${MISSING}'}}\n", "last.yaml:1:16: bots.third.bot_id: the environment has no MISSING; set it, or write ${MISSING:-default}"),
        ("people: [\n", "last.yaml:2:1: not YAML: expected the node content, but found '<stream end>' (while parsing a flow node)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_right_file(complaints, last, complaint):
    assert [complaint] == complaints(last=last)


def test_the_name_of_a_route_is_given_once_in_all_files(complaints):
    [complaint] = complaints(last="routes: [{name: team, bot: assistant}]\n")

    assert complaint == "last.yaml:1:11: routes.2.name: `team` names two routes (the other is number 2)"


@pytest.mark.parametrize("pattern", ["more", "more/", "mor*", "./more"])
def test_a_folder_is_no_file(complaints, pattern):
    said = f"main.yaml:1:11: include.0: {pattern} finds the folder more; name the files in it, as in *.yaml"

    assert [said] == complaints(main=MAIN.replace("more/*.yaml", pattern), team="")


@pytest.mark.parametrize("pattern", ["pipe", "pip*"])
def test_a_pipe_is_no_file(complaints, tmp_path, pattern):
    os.mkfifo(tmp_path / "pipe")

    said = f"main.yaml:1:11: include.0: {pattern} finds pipe, which is no regular file"

    assert [said] == complaints(main=MAIN.replace("more/*.yaml", pattern), team="")


def test_a_file_that_is_not_there_is_missed_and_an_empty_folder_is_not(complaints, write):
    assert ["main.yaml:1:11: include.0: there is no file gone.yaml"] == complaints(
        main=MAIN.replace("[more/*.yaml, last.yaml]", "[gone.yaml, last.yaml]")
    )
    assert 2 == len(write(main=MAIN.replace("more/", "empty/")).routes)


def test_a_file_for_a_secret_lies_beside_the_file_that_names_it(write, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "key").write_text("sesame")
    settings = write(other="coze: {other: {token: {file: key}}}\n", main=MAIN.replace('bot_id: "1"', 'bot_id: "1", coze: main'), team=TEAM.replace('bot_id: "2"', 'bot_id: "2", coze: main'))  # fmt: skip

    assert "sesame" == settings.coze["other"].token.get_secret_value()
