"""Where secrets come from: the environment, and `.env` beside the config below it."""

import pytest

CONFIG = """\
coze: {main: {token: "${SESAME_COZE}"}}
adapters: {desk: {kind: console}}
bots: {assistant: {bot_id: 7379462189365198898}}
routes: [{name: "${SESAME_ROUTE:-nobody set it}", bot: assistant}]
"""


@pytest.fixture
def folder(tmp_path):
    """A folder that holds a config file."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def route(call, folder):
    code, out, err = call("explain", "--config", folder / "config.yaml", "--adapter", "desk", "hello")
    assert (0, "") == (code, err)
    return out.splitlines()[1].partition(":")[0].removeprefix("✔ ")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("SESAME_ROUTE=one", "one"),
        ("export SESAME_ROUTE='two words'", "two words"),
        ('# a comment\n\nSESAME_ROUTE="three" # and another\n', "three"),
        ("SESAME_ROUTE=$HOME-${HOME}", "$HOME-${HOME}"),
        ("SESAME_ROUTE=", "nobody set it"),
        ("SESAME_ROUTE", "nobody set it"),
        ("\r\nSESAME_ROUTE=windows\r\n", "windows"),
    ],
)
def test_it_is_read_beside_the_config(call, folder, written, expected):
    (folder / ".env").write_bytes(f"SESAME_COZE=pat\n{written}\n".encode())

    assert expected == route(call, folder)


def test_the_real_environment_wins(call, folder, monkeypatch):
    monkeypatch.setenv("SESAME_ROUTE", "from the process")
    (folder / ".env").write_text("SESAME_COZE=pat\nSESAME_ROUTE=from the file\n")

    assert "from the process" == route(call, folder)


def test_it_is_looked_for_beside_the_config_and_nowhere_else(call, folder, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".env").write_text("SESAME_COZE=pat\n")
    monkeypatch.chdir(elsewhere)
    code, _, err = call("check", "--config", folder / "config.yaml")

    assert 2 == code
    assert "the environment has no SESAME_COZE" in err


@pytest.mark.parametrize("command", ["check", "run", "migrate"])
def test_one_that_cannot_be_read_is_named(call, folder, command):
    (folder / ".env").write_bytes(b"SESAME_COZE=\xff\xfe\n")
    code, out, err = call(command, "--config", folder / "config.yaml")

    assert (2, "") == (code, out)
    assert f"{folder / '.env'}: cannot be read (not UTF-8 text)" in err


@pytest.mark.parametrize("line", ["SESAME_ROUTE: yaml", "what is this", 'SESAME_ROUTE="no end'])
def test_a_line_that_sets_nothing_is_named_by_check_alone(call, folder, line):
    (folder / ".env").write_text(f"SESAME_COZE=pat\n# mine\n{line}\n")
    (folder / ".env").chmod(0o600)
    code, _, err = call("check", "--config", folder / "config.yaml")

    assert (0, 1) == (code, err.count(f"{folder / '.env'}:3:1: expected NAME=value; the line is left out\n"))
    assert "dotenv" not in err
    assert "nobody set it" == route(call, folder)


def test_a_line_that_should_have_set_something_is_named_beside_what_is_missing(call, folder):
    (folder / ".env").write_text("SESAME_COZE: pat\n")
    code, _, err = call("check", "--config", folder / "config.yaml")

    assert 2 == code
    assert [f"{folder / '.env'}:1:1", "the environment has no SESAME_COZE"] == [
        err.splitlines()[0].partition(": ")[0],
        err.splitlines()[1].partition("token: ")[2].partition(";")[0],
    ]
