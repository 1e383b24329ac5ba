"""What a file that is right comes to."""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, SecretStr

from bridge.config.loading import load, schema
from bridge.config.reload import Current
from bridge.config.route_settings import AnswerWhen, Busy, Memory
from bridge.config.settings import Settings
from bridge.config.units import ListenAddress, parse_duration, parse_listen_address
from bridge.routing.selftest import run_tests
from bridge.sdk.errors import ConfigError
from bridge.sdk.rates import parse_rate

SHORTEST = """\
coze: {main: {token: pat}}
adapters: {helpdesk: {kind: telegram, token: "42:x"}}
bots: {assistant: {bot_id: 7379462189365198898}}
routes: [{bot: assistant}]
"""
EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


class Telegram(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr
    api_url: str = "https://api.telegram.org"
    receive: Literal["polling", "webhook"] = "polling"
    stream: Literal["auto", "draft", "edit", "off"] = "auto"
    tries: int = 3
    gentle: bool = True


KINDS = {"telegram": Telegram}


@pytest.fixture
def write(tmp_path):
    """Loads a text as a config file, in that environment."""

    def writing(text: str, **environ: str) -> Settings:
        (tmp_path / "config.yaml").write_text(text)
        return load(tmp_path / "config.yaml", KINDS, environ)

    return writing


def test_the_shortest_file_works_and_everything_else_has_its_default(write):
    config = write(SHORTEST)

    assert "sqlite:///bridge.db" == config.database.get_secret_value()
    assert ListenAddress(host="127.0.0.1", port=8080) == config.http.listen
    assert "https://api.coze.cn" == config.coze["main"].base_url
    assert ("main", "route 1") == (config.bots["assistant"].coze, config.routes[0].name)
    assert (AnswerWhen.ADDRESSED, Memory.AUTO, Busy.QUEUE) == (
        config.defaults.answer,
        config.defaults.memory,
        config.defaults.busy,
    )
    assert (None, None) == (config.defaults.limits.messages, config.defaults.limits.tokens)
    assert (500, 30.0, 30.0) == (config.worker.concurrency, config.worker.lease, config.worker.drain)
    assert 7 * 86400.0 == config.privacy.keep_messages


@given(number=st.integers(min_value=0, max_value=10**19 - 1))
def test_an_id_without_quotes_keeps_its_digits(number, tmp_path_factory):
    """YAML makes a float of some and Python's readers of others; a bot with one wrong digit is another bot."""
    path = tmp_path_factory.mktemp("ids") / "config.yaml"
    path.write_text(SHORTEST.replace("7379462189365198898", str(number)))

    assert str(number) == load(path, KINDS, {}).bots["assistant"].bot_id


@pytest.mark.parametrize("written", ["-100123", "0042", "1_000", "1e9", "12:30:45", "0x1F", "yes", "2026-01-02", "1.0"])
def test_a_chat_is_called_as_it_is_written(written, write):
    config = write(SHORTEST.replace("[{bot", f"[{{when: {{chat: {written}}}, discard: yes}}, {{bot"))

    assert (written,) == config.routes[0].when.chat


def test_words_that_yaml_takes_for_truth_reach_the_adapter_as_it_understands_them(write):
    config = write(SHORTEST.replace("kind: telegram", "kind: telegram, stream: off, gentle: no, tries: 5"))

    options = config.adapters["helpdesk"].options

    assert ("off", False, 5) == (options.stream, options.gentle, options.tries)


def test_one_value_may_stand_where_a_list_may(write):
    config = write(SHORTEST.replace("[{bot", "[{when: {chat: C1, has: image, from: helpdesk:1}, bot: assistant}, {bot"))

    assert (("C1",), ("image",), ("helpdesk:1",)) == (
        config.routes[0].when.chat,
        config.routes[0].when.has,
        config.routes[0].when.people,
    )


def test_a_section_may_be_left_empty(write):
    config = write(SHORTEST + "http:\nworker: {}\ntests:\npeople:\n")

    assert (500, ()) == (config.worker.concurrency, config.tests)


@pytest.mark.parametrize("blank", ["", " ~", " null", ' ""'])
def test_a_secret_that_may_be_missing_may_be_left_empty(write, blank):
    config = write(SHORTEST + f"http:\n  admin_token:{blank}\nprivacy:\n  encryption_key:{blank}\n")

    assert ("", ()) == (config.http.admin_token.get_secret_value(), config.privacy.keys)


@pytest.mark.parametrize("password", ["p#w", "p/w", "p[w", "p%40w", "99999", "p:0"])
def test_a_password_of_the_database_may_look_like_anything(write, password):
    url = f"postgresql://bridge:{password}@[::1]:5432/bridge"

    assert url == write(f"database: '{url}'\n" + SHORTEST).database.get_secret_value()


def test_secrets_come_from_the_environment_and_from_files_and_never_print(write, tmp_path):
    (tmp_path / "coze.pem").write_text("-----BEGIN sesame-----\n")
    config = write(
        SHORTEST.replace("token: pat", "oauth: {app_id: 1, key_id: 2, private_key: {file: coze.pem}}").replace(
            '"42:x"', '"${BOT}:${REST:-sesame}"'
        )
        + "http: {admin_token: '${NONE:-}'}\ndatabase: postgresql://a:${PASSWORD}@host/db\n",
        BOT="4711",
        PASSWORD="sesame",
    )

    oauth = config.coze["main"].oauth
    assert oauth
    assert "-----BEGIN sesame-----" == oauth.private_key.get_secret_value()
    assert "4711:sesame" == config.adapters["helpdesk"].options.token.get_secret_value()
    assert "" == config.http.admin_token.get_secret_value()
    assert "sesame" not in repr(config) + str(config) + config.model_dump_json()


@pytest.mark.parametrize("before", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("after", ["", "\n", "\r\n", " \t\n\n"])
def test_a_secrets_file_is_taken_without_what_editors_add(write, tmp_path, before, after):
    (tmp_path / "secret").write_text(f"{before}pat_sesame{after}", newline="")

    assert (
        "pat_sesame"
        == write(SHORTEST.replace("token: pat", "token: {file: secret}")).coze["main"].token.get_secret_value()
    )


@pytest.mark.parametrize("key", ["token: {file: %s}", "token: pat, ca: %s"])
@pytest.mark.parametrize("special", ["pipe", "./pipe", "/dev/zero", "/dev/null"])
def test_what_never_ends_or_never_begins_is_no_file(write, tmp_path, key, special):
    """A pipe that nobody writes to would keep whoever reads it waiting, and a device would fill the memory."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ConfigError, match=r"cannot be read \(not a regular file\)"):
        write(SHORTEST.replace("token: pat", key % special))


def test_a_secret_is_at_most_a_mebibyte(write, tmp_path):
    (tmp_path / "secret").write_bytes(b"a" * (1 << 20) + b"a")

    with pytest.raises(ConfigError, match=r"the file secret cannot be read \(longer than 1 mib\)"):
        write(SHORTEST.replace("token: pat", "token: {file: secret}"))


def test_a_dollar_may_be_written_twice(write):
    config = write(SHORTEST.replace("42:x", "$${not}"))

    assert "${not}" == config.adapters["helpdesk"].options.token.get_secret_value()


def test_a_section_may_take_its_keys_from_another(write):
    config = write(
        SHORTEST.replace(
            "routes: [{", "routes: [&r {name: a, when: {chat: 1}, bot: assistant}, {<<: *r, name: b, when: {}, "
        )
    )

    assert [("a", "assistant"), ("b", "assistant")] == [(route.name, route.bot) for route in config.routes]


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30.0), ("1.5h", 5400.0), ("7d", 604800.0), ("250ms", 0.25), (" 2 w ", 1209600.0)]
)
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    assert seconds == parse_duration(text)


@given(count=st.integers(1, 10**9), period=st.sampled_from(["second", "minute", "hour", "day"]))
def test_a_rate_reads_as_it_is_written(count, period):
    assert f"{count}/{period}" == str(parse_rate(f"{count}/{period}"))


@pytest.mark.parametrize("text", ["", "20", "0/minute", "20/fortnight", "-1/day", "٣/day", "30 parsecs"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="expected a rate"):
        parse_rate(text)
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


def test_an_address_may_be_of_either_family():
    assert ("::1", 80) == ((v6 := parse_listen_address("[::1]:80")).host, v6.port)
    assert "[::1]:80" == str(v6)
    with pytest.raises(ValueError, match="expected host:port"):
        parse_listen_address("localhost:70000")


def complaints(path: Path) -> list[str]:
    try:
        load(path, KINDS, {"A": "x"})
    except ConfigError as refusal:
        return refusal.detail.split("\n")
    return []


SNIPPETS = st.sampled_from(
    [
        *"{}[]:,-&*!|>'\"%@#?\n \t",
        "a",
        "${",
        "${A}",
        "<<",
        "coze",
        "routes",
        "adapters",
        "kind",
        "telegram",
        "bots",
        "any",
        "\n- ",
        ": ",
        "\u2028",
    ]
)


@given(text=st.lists(SNIPPETS, max_size=40).map("".join) | st.text(max_size=200) | st.binary(max_size=200))
@example(text="coze: {a: {oauth: {private_key: {file: '\\0'}}}}")
@example(text="routes: [{when: {any: {}, text: []}}, 1, null, []]\nadapters: {a: {kind: []}}\nbots: []\npeople: 1")
@example(text="? a\n: ? b\n  : c")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_the_file_says_it_is_settings_or_a_complaint(text, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))

    assert all(re.match(r".*config\.yaml:\d+:\d+: ", line) for line in complaints(path))


@given(
    section=st.sampled_from(
        [
            "http",
            "coze",
            "adapters",
            "bots",
            "people",
            "access",
            "defaults",
            "routes",
            "worker",
            "log",
            "tests",
            "database",
        ]
    ),
    value=st.recursive(
        st.sampled_from(["x", "null", "[]", "{}", "1", "${NO}", "''"]),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(
                st.sampled_from(["name", "when", "any", "not", "token", "file", "kind", "private", "limits"]),
                inner,
                max_size=3,
            ).map(lambda items: "{" + ", ".join(f"{key}: {one}" for key, one in items.items()) + "}")
        ),
        max_leaves=8,
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_a_section_holds_the_file_is_refused_or_right(section, value, tmp_path):
    lines = [line for line in SHORTEST.splitlines() if not line.startswith(section)]
    path = tmp_path / "config.yaml"
    path.write_text("\n".join([*lines, f"{section}: {value}"]))

    assert all("config.yaml:" in line for line in complaints(path))


def real_kinds() -> dict[str, type[BaseModel]]:
    kinds: dict[str, type[BaseModel]] = {}
    for kind, name in (("telegram", "TelegramAdapter"), ("slack", "SlackAdapter")):
        kinds[kind] = getattr(import_module(f"adapters.{kind}.adapter"), name).Options
    return kinds


def test_the_example_is_a_config_and_passes_its_own_tests():
    environ = {
        "COZE_TOKEN": "pat_x",
        "TELEGRAM_TOKEN": "4711:" + "x" * 35,
        "SLACK_BOT_TOKEN": "xoxb-1-2-x",
        "SLACK_APP_TOKEN": "xapp-1-A-1-x",
    }
    config = load(EXAMPLE, real_kinds(), environ)

    assert [] == run_tests(config)
    assert "7379462189365198898" == config.bots["assistant"].bot_id
    assert ("-1001234567890",) == config.routes[2].when.chat


def test_the_example_shows_every_key_with_its_default(write):
    """It is the manual of the config: a key that is not there does not exist for an admin."""
    text = EXAMPLE.read_text()
    config, shortest = (
        load(EXAMPLE, {"telegram": Anything, "slack": Anything}, dict.fromkeys(SECRETS, "x")),
        write(SHORTEST),
    )

    for section in ("http", "access", "defaults", "worker", "privacy", "log"):
        assert getattr(shortest, section) == getattr(config, section)
        for key in type(getattr(config, section)).model_fields:
            assert re.search(rf"^ +{key}:", text, re.MULTILINE), f"{section}.{key}"


SECRETS = ("COZE_TOKEN", "TELEGRAM_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


def test_the_schema_describes_every_key_and_every_kind():
    found = schema(KINDS)

    for name, section in {"": found, **found["$defs"]}.items():
        for key, about in section.get("properties", {}).items():
            assert "description" in about or name == "adapter_telegram", f"{name}.{key}"
    kinds = found["properties"]["adapters"]["additionalProperties"]["anyOf"]
    assert [{"$ref": "#/$defs/adapter_telegram"}] == kinds
    assert "telegram" == found["$defs"]["adapter_telegram"]["properties"]["kind"]["const"]
    assert {"file"} == set(found["$defs"]["OAuthSettings"]["properties"]["private_key"]["anyOf"][1]["properties"])
    assert {"from", "any", "not"} <= set(found["$defs"]["When"]["properties"])
    assert not dangling(found)


def dangling(found: dict[str, Any]) -> set[str]:
    return {ref for ref in re.findall(r"'#/\$defs/(\w+)'", str(found)) if ref not in found["$defs"]}


class TestReload:
    @pytest.fixture
    def current(self, tmp_path) -> Current:
        """The shortest config, in force."""
        path = tmp_path / "config.yaml"
        path.write_text(SHORTEST)
        return Current(path, lambda: load(path, KINDS, {}), run_tests)

    def test_the_new_rules_hold_once_the_file_is_right(self, current):
        current.path.write_text(SHORTEST + "defaults: {busy: interrupt}\n")
        current.adopt(current.candidate())

        assert Busy.INTERRUPT is current.settings.defaults.busy

    def test_what_only_a_restart_can_change_stays_and_all_else_holds(self, current):
        current.path.write_text(SHORTEST + "defaults: {busy: interrupt}\nworker: {concurrency: 7}\n")
        current.adopt(current.candidate())

        assert (Busy.INTERRUPT, 500) == (current.settings.defaults.busy, current.settings.worker.concurrency)
        assert f"{current.path}:6:10: worker.concurrency: changed; restart" in current.notes["config"]
        current.path.write_text(SHORTEST)
        current.adopt(current.candidate())
        assert {} == current.notes

    @pytest.mark.parametrize(
        ("broken", "complaint"),
        [
            ("worker: {concurrency: none}", "worker.concurrency"),
            ("tests: [{say: hello, expect: nobody}]", ":5:22: tests.0.expect: expected `nobody`, got `route 1`"),
            ("routes: [{bot: nobody}]", "routes"),
            ("{", ":6:1: not YAML"),
        ],
    )
    def test_a_bad_file_leaves_the_last_good_one_in_force(self, current, broken, complaint):
        before = current.settings
        current.path.write_text(f"{SHORTEST}{broken}\n")
        with pytest.raises(ConfigError) as refused:
            current.candidate()
        current.refuse(refused.value)

        assert before is current.settings
        assert complaint in current.notes["config"]

    def test_a_mended_file_is_taken(self, current):
        current.path.unlink()
        with pytest.raises(ConfigError) as refused:
            current.candidate()
        current.refuse(refused.value)
        current.path.write_text(SHORTEST)
        current.adopt(current.candidate())

        assert (None, {}) == (current.refused, current.notes)

    def test_it_is_stale_from_a_write_until_it_is_read(self, current):
        fresh = current.is_stale
        current.path.write_text(SHORTEST + "\n")
        stale = current.is_stale
        current.candidate()

        assert (False, True, False) == (fresh, stale, current.is_stale)

    def test_an_included_file_is_looked_at_also_where_the_environment_names_it(self, tmp_path):
        path, environ = tmp_path / "config.yaml", {"MORE": "more"}
        path.write_text(SHORTEST + "include: ['${MORE}/*.yaml']\n")
        (tmp_path / "more").mkdir()
        current = Current(path, lambda: load(path, KINDS, environ), run_tests, lambda: environ)
        fresh = current.is_stale
        (tmp_path / "more" / "a.yaml").write_text("defaults: {busy: interrupt}\n")
        stale = current.is_stale
        current.adopt(current.candidate())

        assert (False, True, False) == (fresh, stale, current.is_stale)
        assert Busy.INTERRUPT is current.settings.defaults.busy

    def test_the_first_file_must_be_right(self, tmp_path):
        def read():
            return load(tmp_path / "none.yaml", KINDS, {})

        with pytest.raises(ConfigError):
            Current(tmp_path / "none.yaml", read, run_tests)
