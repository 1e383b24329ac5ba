"""Broken files as their admins see them: every complaint, with file, line, column, path, what is wrong and the way out."""

import re
from pathlib import Path

import pytest
import yaml

from bridge.config.loading import load
from bridge.parts.registry import Kinds
from bridge.sdk.errors import ConfigError

GOOD = """\
coze:
  main: {token: "${COZE_TOKEN}"}
adapters:
  helpdesk: {kind: telegram, token: "${TELEGRAM_TOKEN}"}
  acme:
    kind: slack
    bot_token: ${SLACK_BOT_TOKEN}
    app_token: ${SLACK_APP_TOKEN}
bots:
  assistant: {coze: main, bot_id: 7379462189365190001}
routes:
  - name: everyone
    bot: assistant
"""
ENVIRON = {
    "COZE_TOKEN": "pat_sesame",
    "TELEGRAM_TOKEN": "123456:" + "sesame" * 6,
    "SLACK_BOT_TOKEN": "xoxb-sesame",
    "SLACK_APP_TOKEN": "xapp-sesame",
}
CASES = yaml.safe_load((Path(__file__).parent / "broken_files.yaml").read_text(encoding="utf-8"))
KINDS = Kinds()


def broken(case):
    if "add" in case:
        return GOOD + case["add"]
    assert 1 == GOOD.count(case["old"])
    return GOOD.replace(case["old"], case["new"])


def complaints(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load(path, KINDS, ENVIRON)
    return refusal.value.detail.replace(f"{path}:", "config.yaml:").splitlines()


def test_the_good_one_is_good(tmp_path):
    (tmp_path / "config.yaml").write_text(GOOD)

    assert "assistant" in load(tmp_path / "config.yaml", KINDS, ENVIRON).bots


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_is_complained_about_word_for_word(tmp_path, case):
    said = complaints(tmp_path / "config.yaml", broken(case))

    assert case["says"] == said
    for line in said:
        assert re.fullmatch(r"config\.yaml:\d+:\d+: [\w.: ]+: .+", line)
        assert "sesame" not in line


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("coze: caf\xe9\n".encode("latin-1"), "cannot be read (it is not UTF-8 text); save it as UTF-8"),
        (GOOD.encode("utf-16"), "cannot be read (it is not UTF-8 text); save it as UTF-8"),
        (b"- a list\n", "expected a section of keys such as `coze:` and `adapters:`"),
        (b"words\n", "expected a section of keys such as `coze:` and `adapters:`"),
    ],
)
def test_a_file_that_is_none_is_one_complaint(tmp_path, content, says):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as refusal:
        load(path, KINDS, ENVIRON)

    assert f"{path}:1:1: {says}" == refusal.value.detail


def test_a_name_of_several_lines_makes_no_second_complaint(tmp_path):
    [said] = complaints(tmp_path / "config.yaml", GOOD + '"two\\nlines": 1\n')

    assert said.startswith("config.yaml:14:1: two⏎lines: unknown key; ")


def test_a_value_of_many_words_is_told_by_its_beginning(tmp_path):
    [said] = complaints(tmp_path / "config.yaml", GOOD + f"log: {{level: {'a' * 1000}}}\n")

    assert said.endswith(f", got `{'a' * 200}…`")


def test_with_those_beside_them_there_are_ninety():
    from tests.unit.config.test_complaints import BROKEN  # noqa: PLC0415 - what is counted

    assert len(CASES) + len(BROKEN) >= 90
