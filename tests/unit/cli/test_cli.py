"""The command line: what it prints where, and how it ends; the real command on real files."""

import asyncio
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from bridge import cli
from bridge.sdk.asking import ChatStarted
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.store.admission import Admission
from bridge.store.database import SCHEMA, open_database
from bridge.store.inbox import Inbox
from bridge.store.pairings import Pairings
from bridge.store.wakeup import Wakeup

GOOD = """\
database: sqlite:///{folder}/bridge.db
coze: {{main: {{token: pat_sesame-street}}}}
adapters:
  helpdesk: {{kind: telegram, token: "123456:sesame-sesame-sesame-sesame-sesame"}}
  desk: {{kind: console}}
bots: {{assistant: {{bot_id: 7379462189365198898}}}}
people: {{staff: ["helpdesk:42"]}}
defaults: {{limits: {{messages: 20/minute, tokens: 100000/day}}}}
routes:
  - {{name: reports, when: {{text: {{starts_with: /report}}}}, bot: assistant}}
  - {{name: staff, when: {{from: staff}}, bot: assistant}}
tests:
  - {{say: /report today, adapter: helpdesk, expect: reports}}
"""
EXAMPLE = Path("config.example.yaml").resolve()


@pytest.fixture
def config(tmp_path):
    """A config file that is right."""
    path = tmp_path / "config.yaml"
    path.write_text(GOOD.format(folder=tmp_path))
    return path


def commands(group=cli.cli, words=()):
    """Every command there is, by the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


class TestHelp:
    @pytest.mark.parametrize(
        ("words", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in sorted(commands(), key=str)]
    )
    def test_every_command_explains_itself_and_gives_an_example_that_calls_it(self, call, words, command):
        code, out, err = call(*words, "--help")

        assert (0, "") == (code, err)
        assert f"coze-bridge {' '.join(words)}" in out
        assert "Example: coze-bridge" in out
        assert " ".join(words) in command.epilog
        assert all(option.help for option in command.params if isinstance(option, click.Option))

    def test_without_a_command_it_says_where_to_start(self, call):
        _, out, err = call()

        assert "coze-bridge demo" in out + err

    def test_it_knows_its_version(self, call):
        code, out, _ = call("--version")

        assert 0 == code
        assert re.search(r"\d+\.\d+\.\d+", out)

    def test_python_runs_it_under_the_same_name(self):
        ended = subprocess.run(
            [sys.executable, "-m", "bridge", "check", "--help"], capture_output=True, text=True, check=False
        )

        assert (0, "") == (ended.returncode, ended.stderr)
        assert "Usage: coze-bridge check" in ended.stdout

    @pytest.mark.parametrize(
        "words",
        [
            ["serve"],
            ["check", "--nonsense"],
            ["explain"],
            ["inbox", "show", "seventeen"],
            ["inbox", "shwo"],
            *(
                ["inbox", deed, number]
                for deed in ("show", "retry", "drop")
                for number in ("0", str(1 << 63), "9" * 40)
            ),
        ],
    )
    def test_a_wrong_call_ends_with_2_and_says_what_is_wrong(self, call, words):
        code, out, err = call(*words)

        assert (2, "") == (code, out)
        assert "Error" in err


BROKEN = {
    "nothing": "",
    "no YAML": "coze: [",
    "a tab": "coze:\n\tmain: {}",
    "a list": "- coze",
    "a word": "coze",
    "a number": "7",
    "null": "null",
    "two documents": "coze: {}\n---\nbots: {}",
    "not UTF-8": b"coze: \xff\xfe",
    "a zero byte": b"coze: \x00",
    "an alias of itself": "coze: &a [*a]",
    "an alias of nothing": "coze: *a",
    "a tag": "coze: !!python/object:os.system {}",
    "an unknown section": GOOD + "route: []\n",
    "an unset variable": GOOD.replace("pat_sesame-street", "${{COZE_TOKEN_NOBODY_SETS}}"),
    "no such file": GOOD.replace("pat_sesame-street", "{{file: nowhere.pem}}"),
    "a wrong token": GOOD.replace("123456:", "x"),
    "an unknown kind": GOOD.replace("kind: telegram", "kind: pigeon"),
    "an unknown bot": GOOD.replace("bot: assistant", "bot: nobody"),
    "a wrong pattern": GOOD.replace("starts_with: /report", "matches: '('"),
    "a wrong duration": GOOD + "worker: {{lease: soon}}\n",
    "a wrong database": GOOD.replace("sqlite:///", "mysql://"),
    "a wrong address": GOOD + "http: {{listen: nowhere}}\n",
    "a test that fails": GOOD.replace("expect: reports", "expect: nobody"),
    "a test that expects nobody known": GOOD.replace("expect: reports", "expect: reprots"),
    "the same key twice": GOOD + "coze: {{}}\n",
    "a list for a mapping": GOOD.replace("coze: {{main: {{token: pat_sesame-street}}}}", "coze: [1]"),
    "deep nesting": "a: " + "[" * 2000 + "]" * 2000,
}


class TestCheck:
    def test_a_file_that_is_right_is_fine(self, call, config):
        code, out, err = call("check", "--config", config)

        assert (0, f"{config}: fine; 2 routes, 1 of 1 tests passed\n") == (code, out)
        for line in err.splitlines():  # warnings
            assert re.fullmatch(rf"{re.escape(str(config))}:\d+:\d+: .+", line)

    @pytest.mark.parametrize("broken", BROKEN)
    @pytest.mark.parametrize("command", ["check", "run", "migrate"])
    def test_a_file_that_is_wrong_is_told_place_by_place(self, call, tmp_path, broken, command):
        """And `run` does not start: 2, and the same complaints, whichever command reads the file."""
        if command != "check" and "test that" in broken:
            command = "check"
        path, text = tmp_path / "config.yaml", BROKEN[broken]
        path.write_bytes(text if isinstance(text, bytes) else text.replace("{{", "{").replace("}}", "}").encode())
        code, out, err = call(command, "--config", path)

        assert (2, "") == (code, out)
        assert "sesame" not in err
        for line in err.splitlines():
            assert re.fullmatch(rf"{re.escape(str(path))}:\d+:\d+: .+", line), err
        assert err

    @pytest.mark.parametrize("command", ["check", "run", "migrate", "explain"])
    def test_a_file_that_is_not_there_is_told_with_its_name(self, call, tmp_path, command):
        more = ["--adapter", "helpdesk", "hello"] if command == "explain" else []
        code, out, err = call(command, "--config", tmp_path / "nowhere.yaml", *more)

        assert (2, "") == (code, out)
        assert "nowhere.yaml" in err

    def test_a_webhook_without_an_address_does_not_start(self, call, tmp_path):
        """It would hear nothing for ever."""
        path = tmp_path / "config.yaml"
        text = GOOD.format(folder=tmp_path).replace("kind: telegram,", "kind: telegram, receive: webhook,")
        path.write_text(text.replace("  desk: {kind: console}\n", ""))
        code, _, err = call("check", "--config", path)

        assert 2 == code
        assert "public_url" in err


class TestExplain:
    def test_it_begins_with_access_says_who_answers_and_ends_with_the_terms(self, call, config):
        code, out, err = call("explain", "--config", config, "--adapter", "helpdesk", "--from", "42", "hello")

        assert (0, "") == (code, err)
        assert [
            "✔ access: access.private: everyone",
            "✘ reports: text does not start with /report",
            "✔ staff: from is helpdesk:42",
            "assistant answers; in groups what is meant for it alone",
            "memory: auto (person/helpdesk//42/42)",
            "queue: a new message waits until the running answer has ended",
            "limits: 20/minute messages, 100000/day tokens",
        ] == out.splitlines()

    def test_it_says_when_nobody_answers(self, call, config):
        code, out, _ = call("explain", "--config", config, "--adapter", "helpdesk", "hello")

        assert (0, "nobody answers") == (code, out.splitlines()[-1])

    def test_whoever_is_not_let_in_is_told_why_first(self, call, config):
        config.write_text(config.read_text() + "access: {private: {people: [staff]}}\n")
        _, out, _ = call("explain", "--config", config, "--adapter", "helpdesk", "--from", "7", "/report")
        first, *_, last = out.splitlines()

        assert ("✘ access: access.private: not one of staff", "nobody answers") == (first, last)

    def test_programs_read_it_as_json(self, call, config):
        code, out, _ = call("explain", "--config", config, "--adapter", "desk", "--json", "/report")
        found = json.loads(out)

        assert (0, True) == (code, found["let_in"])
        assert [("reports", True)] == [(verdict["route"], verdict["matched"]) for verdict in found["routes"]]
        assert ("reports", "assistant", "queue") == tuple(found["terms"][key] for key in ("route", "bot", "busy"))

    def test_it_says_whom_one_may_choose_and_what_a_link_changes(self, call, config):
        said = yaml.safe_load(config.read_text())
        said["bots"] |= {"coder": said["bots"]["assistant"]}
        said["routes"].insert(0, {"name": "sales", "when": {"start": "sales"}, "bots": ["coder", "assistant"]})
        config.write_text(yaml.safe_dump(said))
        words = ("explain", "--config", config, "--adapter", "helpdesk", "hello")
        _, plain, _ = call(*words)
        _, begun, _ = call(*words, "--start", "sales")

        assert "✘ sales: start is not one of sales" in plain.splitlines()
        assert "✔ sales: start is one of sales" in begun.splitlines()
        assert "coder answers, or by /bot assistant; in groups what is meant for it alone" in begun.splitlines()

    def test_it_says_who_helps_out_when_memory_ends_and_what_is_discarded(self, call, config):
        said = yaml.safe_load(config.read_text())
        said["bots"] |= {"spare": said["bots"]["assistant"]}
        said["defaults"], said["tests"] = {"forget_after": "12h"}, []
        quiet = {"name": "quiet", "when": {"chat_type": "group"}, "discard": True}
        said["routes"] = [quiet, {"name": "all", "bot": "assistant", "fallback": "spare"}]
        config.write_text(yaml.safe_dump(said))
        words = ("explain", "--config", config, "--adapter", "helpdesk", "--from", "helpdesk:42", "hello")
        _, private, _ = call(*words)
        _, group, _ = call(*words, "--chat-type", "group", "--chat=-1")

        assert "assistant answers, or spare while its Coze is away; in groups what is meant for it alone" in private
        assert "memory: auto (person/helpdesk//42/42), begun anew when left alone for 12:00:00" in private
        assert "nobody answers: quiet discards it" == group.splitlines()[-1]

    def test_whom_an_admin_let_in_by_a_code_is_let_in(self, call, config):
        """The database knows, which is only looked at."""
        config.write_text(config.read_text() + "access: {private: pairing}\n")
        words = ("explain", "--config", config, "--adapter", "helpdesk", "hello", "--from")
        _, before, _ = call(*words, "42")
        asyncio.run(self.let_in(yaml.safe_load(config.read_text())["database"], "helpdesk:42"))

        assert "✘ access: access.private: pairing, and this person has not been let in yet" == before.splitlines()[0]
        assert "✔ access: access.private: pairing" == call(*words, "42")[1].splitlines()[0]
        assert call(*words, "43")[1].startswith("✘ access")

    async def let_in(self, url, person):
        async with open_database(url) as database:
            pairings = Pairings(database)
            code = await pairings.request_code(person, Place(adapter="helpdesk", chat="42"), "en")
            await pairings.approve(code)

    def test_somebody_of_another_adapter_is_a_wrong_call(self, call, config):
        words = ("explain", "--config", config, "--adapter", "helpdesk")
        code, out, err = call(*words, "--from", "desk:42", "hello")

        assert (2, "") == (code, out)
        assert "--from: desk:42 is somebody on desk, not on helpdesk" in err

    def test_somebody_of_an_adapter_that_is_not_there_is_a_wrong_call(self, call, config):
        code, out, err = call("explain", "--config", config, "--adapter", "helpdesk", "--from", "acme:U1", "hello")

        assert (2, "") == (code, out)
        assert "--from: there is no adapter acme; expected helpdesk" in err

    def test_an_adapter_nobody_has_is_a_wrong_call(self, call, config):
        code, out, err = call("explain", "--config", config, "--adapter", "nobody", "hello")

        assert (2, "") == (code, out)
        assert "expected one of helpdesk, desk, got nobody" in err


class TestSchema:
    def walk(self, schema, node):
        """Every part of *schema* that a reader can come to, references followed."""
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/$defs/") in schema["$defs"]
            yield node
            for child in node.values():
                yield from self.walk(schema, child)
        elif isinstance(node, list):
            for child in node:
                yield from self.walk(schema, child)

    def test_it_is_a_json_schema_whose_references_lead_somewhere(self, call):
        code, out, _ = call("schema")
        schema = json.loads(out)
        kinds = {"object", "array", "string", "integer", "number", "boolean", "null"}

        assert 0 == code
        assert "object" == schema["type"]
        for part in self.walk(schema, schema):
            if isinstance(part.get("type"), str) and "properties" not in part.get("type", ""):
                assert part["type"] in kinds

    def test_it_names_every_section_of_the_example(self, call):
        _, out, _ = call("schema")
        sections = re.findall(r"^(\w+):", EXAMPLE.read_text(), re.MULTILINE)

        assert set(sections) == set(json.loads(out)["properties"])

    def test_it_knows_the_options_of_every_kind(self, call):
        _, out, _ = call("schema")

        assert all(f'"{word}"' in out for word in ("signing_secret", "receive", "person", "telegram", "slack"))


async def fill(database):
    """A session, a message that waits, and one that was given up."""
    async with open_database(database) as opened:
        inbox = Inbox(opened, Wakeup(), owner="test", lease=30.0)
        for number in (1, 2):
            message = Inbound(
                dedupe_keys=(f"update:{number}",),
                where=Place(adapter="helpdesk", chat=str(number)),
                chat_type=ChatType.PRIVATE,
                author=Person(id=str(number)),
                text="my secret",
                address=Address.TO_US,
            )
            await inbox.accept(message, Admission.in_order(f"person/helpdesk//{number}/{number}"))
        first, _ = sorted(await inbox.claim(2), key=lambda claimed: claimed.id)
        await inbox.progress.record_asking(first, bot="assistant", conversation_id="c1")
        await inbox.progress.record_asked(
            first, ChatStarted(conversation_id="c1", chat_id="k1"), bot="assistant", parts=()
        )
        await inbox.dead_letter(first, because="Refused: no")
        await inbox.requeue_expired(alone=True)
    return first.id


class TestStore:
    @pytest.fixture
    def dead(self, config, tmp_path):
        """The number of a turn that was given up, in the config's database."""
        return asyncio.run(fill(f"sqlite:///{tmp_path}/bridge.db"))

    def test_the_inbox_is_listed_without_what_people_said(self, call, config, dead):
        code, out, err = call("inbox", "list", "--config", config)
        head, *rows = out.splitlines()

        assert (0, "") == (code, err)
        assert ["id", "status", "stage"] == head.split()[:3]
        assert 2 == len(rows)
        assert "secret" not in out

    def test_programs_read_it_as_json(self, call, config, dead):
        _, out, _ = call("inbox", "list", "--config", config, "--status", "dead", "--json")

        assert [(dead, "Refused: no")] == [(entry["id"], entry["reason"]) for entry in json.loads(out)]

    def test_one_message_is_shown_without_what_was_said(self, call, config, dead):
        code, out, _ = call("inbox", "show", "--config", config, dead)

        assert 0 == code
        assert ("dead", "k1") == (json.loads(out)["status"], json.loads(out)["chat_id"])
        assert "my secret" not in out

    def test_a_dead_message_is_tried_again(self, call, config, dead):
        assert (0, f"{dead}: will be tried again\n", "") == call("inbox", "retry", "--config", config, dead)

        _, out, _ = call("inbox", "show", "--config", config, dead)
        assert "waiting" == json.loads(out)["status"]

    def test_a_dropped_message_is_gone(self, call, config, dead):
        assert (0, f"{dead}: dropped\n", "") == call("inbox", "drop", "--config", config, dead)
        assert 1 == call("inbox", "drop", "--config", config, dead)[0]

    @pytest.mark.parametrize("verb", ["show", "retry", "drop"])
    def test_a_message_that_is_not_there_is_a_failure(self, call, config, dead, verb):
        code, out, err = call("inbox", verb, "--config", config, 999)

        assert (1, "") == (code, out)
        assert "999" in err

    def test_sessions_are_listed_shown_and_forgotten(self, call, config, dead):
        scope = "person/helpdesk//1/1"
        _, listed, _ = call("sessions", "list", "--config", config, "--json")
        _, shown, _ = call("sessions", "show", "--config", config, scope)

        assert [(scope, "c1")] == [(each["scope"], each["conversation_id"]) for each in json.loads(listed)]
        assert json.loads(shown) == json.loads(listed)
        assert (0, f"{scope}: forgotten\n", "") == call("sessions", "forget", "--config", config, scope)
        assert 1 == call("sessions", "forget", "--config", config, scope)[0]
        assert 1 == call("sessions", "show", "--config", config, scope)[0]

    @pytest.mark.parametrize("said", ["", "n\n", "\n"], ids=["nobody there", "no", "nothing"])
    def test_who_is_not_sure_erases_nobody(self, call, config, dead, monkeypatch, said):
        monkeypatch.setattr("sys.stdin", io.StringIO(said))

        code, out, err = call("people", "forget", "--config", config, "helpdesk:1")

        assert (1, "") == (code, out)
        assert err.endswith("coze-bridge: nothing of helpdesk:1 was erased; --yes erases without asking\n")
        assert '"person"' in call("people", "export", "--config", config, "helpdesk:1")[1]

    def test_people_are_listed_with_days_that_can_be_read(self, call, config, dead):
        _, out, _ = call("people", "list", "--config", config)
        _, told, _ = call("people", "list", "--config", config, "--json")
        head, *rows = out.splitlines()
        moment = r"\d{4}-\d\d-\d\d \d\d:\d\dZ"

        assert ["adapter", "person", "user_id", "since", "seen_at", "linked_to"] == head.split()
        assert {"1", "2"} == {row.split()[1] for row in rows}
        assert all(re.search(f"  {moment}  {moment}$", row) for row in rows)
        assert all(isinstance(one["since"], float) for one in json.loads(told)), "programs get seconds"

    def test_where_there_is_nothing_the_data_is_empty(self, call, config):
        assert (0, "", "nothing\n") == call("sessions", "list", "--config", config)[:3]
        assert (0, "[]\n", "") == call("inbox", "list", "--config", config, "--json")

    def test_the_schema_can_be_looked_at_and_brought_up_to_date(self, call, config):
        assert 1 == call("migrate", "--config", config, "--check")[0]
        assert (0, f"schema {SCHEMA}\n", "") == call("migrate", "--config", config)
        assert 0 == call("migrate", "--config", config, "--check")[0]
        assert call("migrate", "--config", config)[1].endswith("nothing to do\n")

    def test_a_database_that_is_away_is_a_failure_and_its_password_is_not_told(self, call, config, tmp_path):
        away = "postgresql://bridge:sesame@127.0.0.1:1/bridge"
        config.write_text(config.read_text().replace(f"sqlite:///{tmp_path}/bridge.db", away))
        code, out, err = call("inbox", "list", "--config", config)

        assert (1, "") == (code, out)
        assert "database is away" in err
        assert "sesame" not in err
