"""`check` beyond what is wrong: what should be looked at, and whom a change would concern."""

import asyncio
import re
from pathlib import Path

import pytest
import sqlalchemy

from bridge.store.database import open_database
from bridge.store.tables import now, sessions

CLEAN = """\
database: sqlite:///{folder}/bridge.db
coze: {{main: {{token: "${{SESAME_COZE}}"}}}}
adapters:
  helpdesk: {{kind: telegram, token: "${{SESAME_TELEGRAM}}"}}
  acme: {{kind: slack, bot_token: "${{SESAME_BOT}}", app_token: "${{SESAME_APP}}"}}
bots:
  assistant: {{bot_id: 7379462189365190001}}
  report: {{bot_id: 7379462189365190002}}
access: {{private: nobody}}
routes:
  - {{name: team, when: {{chat: C0TEAM}}, bot: report}}
  - {{name: everyone, bot: assistant}}
tests:
  - {{say: /report today, adapter: helpdesk, chat_type: group, expect: everyone}}
"""
KNOWN = [
    ("person/helpdesk//42/42", "assistant"),
    ("thread/acme/T1/C0TEAM/17.5", "report"),
    ("thread/acme/T1/C0OTHER/17.6", "assistant"),
    ("person/helpdesk//-100/7", "assistant"),
    ("person/gone//1/1", "assistant"),
]


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A config file about which there is nothing to say, and the environment it needs."""
    for name, value in (("BOT", "xoxb-1"), ("APP", "xapp-1"), ("COZE", "pat"), ("TELEGRAM", "123456:" + "x" * 35)):
        monkeypatch.setenv(f"SESAME_{name}", value)
    path = tmp_path / "config.yaml"
    path.write_text(CLEAN.format(folder=tmp_path))
    return path


async def _remember(database):
    async with open_database(database) as opened:
        for used, (scope, bot) in enumerate(KNOWN):
            row = {"scope": scope, "bot": bot, "user_id": "u", "conversation_id": scope, "place": scope}
            add = sqlalchemy.insert(sessions).values(**row, opened_at=now(), used_at=1000.0 - used)
            await opened.write(lambda connection, add=add: connection.execute(add))


@pytest.fixture
def old(config, tmp_path):
    """The same config in another file, and people who have talked by it."""
    asyncio.run(_remember(f"sqlite:///{tmp_path}/bridge.db"))
    path = tmp_path / "old.yaml"
    path.write_text(config.read_text())
    return path


class TestWarnings:
    def test_a_sound_file_passes_strictly(self, call, config):
        assert (0, "") == call("check", "--config", config, "--strict")[::2]

    def test_a_warning_leaves_0_and_strictly_2(self, call, config):
        config.write_text(config.read_text().replace('"${SESAME_COZE}"', "pat_inline"))
        config.chmod(0o600)
        code, out, err = call("check", "--config", config)
        strictly = call("check", "--config", config, "--strict")

        assert (0, True) == (code, out.startswith(f"{config}: fine; "))
        assert (2, "", err) == strictly
        assert re.fullmatch(
            rf"{re.escape(str(config))}:2:15: coze\.main\.token: a secret is written in the file.*\n", err
        )

    @pytest.mark.parametrize("file", ["config.yaml", ".env"])
    def test_a_file_that_others_can_read_with_a_secret_inside(self, call, config, tmp_path, file):
        if file == ".env":
            (tmp_path / ".env").write_text("SESAME=x\n")
        else:
            config.write_text(config.read_text().replace('"${SESAME_COZE}"', "pat_inline"))
        (tmp_path / file).chmod(0o644)
        _, _, err = call("check", "--config", config)

        assert f"{tmp_path / file}:1:1: others can read it (mode 0644)" in err
        assert f"chmod 600 {tmp_path / file}" in err

    def test_a_broken_file_is_still_told_before_any_warning(self, call, config):
        config.write_text(config.read_text().replace("bot: report", "bot: nobody"))
        code, out, err = call("check", "--config", config)

        assert (2, "", 1) == (code, out, len(err.splitlines()))


class TestWhatIsKeptWhere:
    def test_a_relative_database_counts_from_the_working_directory_and_is_told(self, call, config, tmp_path):
        config.write_text(config.read_text().replace(f"sqlite:///{tmp_path}/bridge.db", "sqlite:///data/bridge.db"))

        assert f"database: {Path.cwd() / 'data' / 'bridge.db'}\n" in call("check", "--config", config)[1]

    def test_one_from_the_root_goes_without_saying(self, call, config):
        assert "database:" not in call("check", "--config", config)[1]

    def test_a_command_that_finds_none_says_where_it_looked(self, call, config, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        config.write_text(config.read_text().replace(f"sqlite:///{tmp_path}/bridge.db", "sqlite:///bridge.db"))
        first, second = [call("inbox", "list", "--json", "--config", config) for _ in range(2)]

        assert (0, "[]\n", f"there was no database at {tmp_path}/bridge.db: it is made, and empty\n") == first
        assert (0, "[]\n", "") == second


LOCKED = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nsesame\n-----END ENCRYPTED PRIVATE KEY-----\n"


@pytest.mark.parametrize("key", ["sesame", LOCKED, "-----BEGIN CERTIFICATE-----\nsesame\n-----END CERTIFICATE-----\n"])
def test_an_apps_key_that_is_none_is_a_complaint_where_it_stands(call, config, tmp_path, key):
    (tmp_path / "coze.pem").write_text(key)
    app = "oauth: {app_id: 1, key_id: k, private_key: {file: coze.pem}}"
    config.write_text(config.read_text().replace('token: "${SESAME_COZE}"', app))
    code, out, err = call("check", "--config", config)

    assert (2, "") == (code, out)
    assert f"{config}:2:45: coze.main.oauth.private_key: expected an RSA private key in PEM without a password" in err
    assert "sesame" not in err


class TestAgainst:
    def test_the_same_file_changes_nothing(self, call, config, old):
        code, out, _ = call("check", "--config", config, "--against", old, "--strict")

        assert 0 == code
        assert f"{config}: answers as {old} does\n" in out

    def test_conversations_and_tests_that_another_would_answer_are_named(self, call, config, old):
        changed = config.read_text().replace("{chat: C0TEAM}", "{adapter: helpdesk}")
        config.write_text(changed.replace("expect: everyone", "expect: team"))
        code, out, _ = call("check", "--config", config, "--against", old)

        assert 0 == code
        assert "tests.0 “/report today” on helpdesk: everyone (assistant) → team (report)" == out.splitlines()[0]
        assert "thread/acme/T1/C0TEAM/17.5: team (report) → everyone (assistant)" in out
        assert "person/helpdesk//-100/7: everyone (assistant) → team (report)" in out
        assert "C0OTHER" not in out
        assert "gone" not in out

    def test_strictly_a_change_is_2(self, call, config, old):
        config.write_text(config.read_text().replace("C0TEAM", "C0NEW"))
        code, out, _ = call("check", "--config", config, "--against", old, "--strict")

        assert (2, ["thread/acme/T1/C0TEAM/17.5: team (report) → everyone (assistant)"]) == (code, out.splitlines())

    def test_who_is_shut_out_now_is_a_change(self, call, config, old):
        shut = config.read_text().replace("{private: nobody}", "{private: nobody, groups: nobody}")
        config.write_text(shut.replace("expect: everyone", "expect: nobody"))
        _, out, _ = call("check", "--config", config, "--against", old, "--strict")

        assert "person/helpdesk//-100/7: everyone (assistant) → nobody" in out

    def test_without_a_database_the_tests_are_compared_alone(self, call, config, tmp_path):
        before = tmp_path / "old.yaml"
        before.write_text(config.read_text())
        config.write_text(config.read_text().replace("C0TEAM", "C0NEW"))

        assert f"{config}: answers as {before} does\n" in call("check", "--config", config, "--against", before)[1]
        assert not (tmp_path / "bridge.db").exists()

    def test_an_old_file_that_is_broken_is_a_wrong_call(self, call, config, tmp_path):
        (tmp_path / "old.yaml").write_text("routes: {}\n")
        code, _, err = call("check", "--config", config, "--against", tmp_path / "old.yaml")

        assert 2 == code
        assert "old.yaml:" in err
