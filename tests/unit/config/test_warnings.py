"""What is allowed in a file and probably a mistake; and that a sound file has no warning."""

import json
import re
from pathlib import Path

import pytest

from bridge.config.loading import load
from bridge.config.warnings import SAMPLES
from bridge.parts.registry import Kinds

GOOD = """\
coze: {main: {token: "${COZE_TOKEN}"}}
adapters:
  helpdesk: {kind: telegram, token: "${TELEGRAM_TOKEN}"}
  desk: {kind: console}
bots: {assistant: {bot_id: 7379462189365190001}}
access: {private: nobody}
routes:
  - {name: everyone, bot: assistant}
"""
ENVIRON = {
    "COZE_TOKEN": "pat_sesame",
    "TELEGRAM_TOKEN": "123456:" + "sesame" * 6,
    "BOT": "xoxb-1-sesame",
    "APP": "xapp-1-sesame",
    "APP2": "xapp-2-sesame",
    "SECRET": "sesame",
    "KEY": "c2VzYW1lc2VzYW1lc2VzYW1lc2VzYW1lc2VzYW1lc2U=",
}
KINDS = Kinds()
TOP = Path(__file__).parents[3]


@pytest.fixture
def warned(tmp_path):
    """Gives what the loading of a text warns of."""

    def warned(text):
        path = tmp_path / "config.yaml"
        path.write_text(text)
        said = [str(warning).replace(str(path), "config.yaml") for warning in load(path, KINDS, ENVIRON).warnings]
        assert not any("sesame" in line for line in said)
        return said

    return warned


def routes(*when):
    """The good file, with these conditions one after the other."""
    listed = "".join(f"  - {{name: r{number}, when: {each}, bot: assistant}}\n" for number, each in enumerate(when, 1))
    return GOOD.replace("  - {name: everyone, bot: assistant}\n", listed)


NAMED = {
    "people: {{staff: [{}]}}": "people.staff.0",
    "access: {{private: {{not: {{people: [{}]}}}}, groups: nobody}}": "access.private.not.people.0",
    "access: {{private: nobody, groups: {{people: [{}]}}}}": "access.groups.people.0",
    "access: {{private: nobody, admins: [{}]}}": "access.admins.0",
}
NOBODY = [
    *(
        "helpdesk:@ann",
        "helpdesk:Ann",
        "helpdesk:042",
        "helpdesk: 42",
        "helpdesk:42 ",
        "helpdesk:４２",
        "helpdesk:4.2e1",
    ),
    *(
        "acme:u0ann",
        "acme:@ann",
        "acme:ann@example.net",
        "acme:C0HELP",
        "acme:T0ONE:U0ANN",
        "many:U0ANN",
        "many:t0one:U0ANN",
    ),
]
SOMEBODY = [
    "helpdesk:77",
    "helpdesk:-1001234",
    "acme:U0BEN",
    "acme:W0BEN",
    "many:T0ONE:U0BEN",
    "many:E0ONE:W0BEN",
    "desk:Ann",
]
SLACK = """\
  acme: {kind: slack, bot_token: "${BOT}", app_token: "${APP}"}
  many: {kind: slack, install: {client_id: "1.2", client_secret: "${SECRET}"}, app_token: "${APP2}"}
  desk: {kind: console}
http: {public_url: https://bots.sesame.net}
privacy: {encryption_key: "${KEY}"}
"""


def naming(where, who):
    """The good file with Slack, which names *who* there."""
    named = where.format(json.dumps(who))
    good = GOOD.replace("  desk: {kind: console}\n", SLACK)
    return good.replace("access: {private: nobody}", named) if named.startswith("access") else f"{good}{named}\n"


@pytest.mark.parametrize("where", NAMED)
@pytest.mark.parametrize("who", NOBODY)
def test_somebody_who_can_be_nobody(warned, where, who):
    """Names of another case, names that change hands, numbers as nobody writes them: who is kept out so is let in."""
    [line] = [line for line in warned(naming(where, who)) if "nobody is called" in line]

    assert f" {NAMED[where]}: nobody is called `{who}`: people are told by their " in line


def test_a_condition_on_somebody_who_can_be_nobody(warned):
    when = '{any: [{from: [helpdesk:7, "helpdesk:@ann"]}, {text: {equals: hi}}], not: {from: "helpdesk:042"}}'
    found = [line.split(" ")[1] for line in warned(routes(when, "{}")) if "nobody is called" in line]

    assert ["routes.0.when.any.0.from.1:", "routes.0.when.not.from:"] == found


@pytest.mark.parametrize("where", NAMED)
@pytest.mark.parametrize("who", SOMEBODY)
def test_somebody_who_may_be_somebody(warned, where, who):
    assert not [line for line in warned(naming(where, who)) if "nobody is called" in line]


def test_a_sound_file_has_none(warned):
    assert [] == warned(GOOD)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{}", "{chat: 1}"),
        ("{chat: 1}", "{chat: 1}"),
        ("{chat: [1, 2]}", "{chat: 2}"),
        ("{adapter: helpdesk}", "{adapter: helpdesk, chat: 1}"),
        ("{text: {starts_with: /rep}}", "{text: {starts_with: /Report}}"),
        ("{text: {starts_with: /rep}}", "{text: {equals: /report}}"),
        ("{text: {equals: [yes, no]}}", "{text: {equals: no}, chat: 1}"),
        ("{language: zh}", "{language: zh-hans}"),
        ("{has: [image, file]}", "{has: image}"),
        ("{chat: [1, 2]}", "{any: [{chat: 1}, {chat: 2, thread: 7}]}"),
        ("{not: {chat: 1}}", "{not: {chat: 1}, thread: 7}"),
    ],
)
def test_a_route_that_nothing_reaches(warned, earlier, later):
    said = warned(routes(earlier, later, "{}"))

    assert any("routes.1: never reached: `r1` before it" in line for line in said)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{chat: 1}", "{chat: [1, 2]}"),
        ("{chat: 1, thread: 7}", "{chat: 1}"),
        ("{text: {starts_with: /report}}", "{text: {starts_with: /rep}}"),
        ("{text: {starts_with: /rep}}", "{text: {matches: report}}"),
        ("{text: {starts_with: /rep, equals: /report}}", "{text: {starts_with: /report}}"),
        ("{language: zh-hans}", "{language: zh}"),
        ("{not: {chat: 1}}", "{not: {chat: 2}}"),
        ("{any: [{chat: 1}]}", "{chat: 1}"),
        ("{from: 'helpdesk:1'}", "{chat: 1}"),
    ],
)
def test_a_route_that_something_may_reach(warned, earlier, later):
    assert [] == warned(routes(earlier, later, "{}"))


@pytest.mark.parametrize(
    ("platforms", "kinds"), [("slack", "slack"), ("[slack]", "slack"), ("[slack, telegram]", None), ("console", None)]
)
def test_a_route_for_a_platform_that_nobody_hears(warned, platforms, kinds):
    text = routes(f"{{platform: {platforms}, chat: 1}}", "{}")
    said = f"config.yaml:8:5: routes.0: never reached: no adapter is of the kind {kinds}"

    assert ([said] if kinds else []) == warned(text)


def test_an_adapter_where_nobody_answers(warned):
    said = warned(routes("{adapter: helpdesk}"))

    assert [
        "config.yaml:4:3: adapters.desk: nobody answers there: no route takes its messages; add one, or one with `discard: true`"
    ] == said


def test_private_chats_where_nobody_answers(warned):
    said = warned(routes("{adapter: helpdesk}", "{adapter: desk, chat_type: group}"))

    assert ["nobody answers in private chats there"] == [re.search("nobody [^:]+", line)[0] for line in said]


@pytest.mark.parametrize(
    ("change", "warns"),
    [
        ("access: {private: everyone}", True),
        ("access: {}", True),
        ("access: {private: everyone}\ndefaults: {limits: {messages: 20/minute}}", False),
        ("access: {private: nobody}", False),
    ],
)
def test_open_access_to_a_bot_that_costs(warned, change, warns):
    said = warned(GOOD.replace("access: {private: nobody}", change))

    assert warns is any("everyone may talk to `assistant`, which costs" in line for line in said)


@pytest.mark.parametrize("token", ["123456:TEST", "1:a", "123456:" + "x" * 35])
def test_a_token_may_be_as_short_as_another_server_likes_it(warned, monkeypatch, token):
    monkeypatch.setitem(ENVIRON, "TELEGRAM_TOKEN", token)

    assert [] == warned(GOOD)


def test_a_studio_of_ones_own_costs_nobody_elses_money(warned):
    own = GOOD.replace("{main: {", '{main: {base_url: "https://studio.internal", ').replace(
        "access: {private: nobody}\n", ""
    )

    assert [] == warned(own)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"${COZE_TOKEN}"', "pat_inline", "coze.main.token"),
        ('"${TELEGRAM_TOKEN}"', f'"123456:{"i" * 35}"', "adapters.helpdesk.token"),
        ("access:", "http: {admin_token: inline}\naccess:", "http.admin_token"),
        ("access:", "database: 'postgresql://u:inline@db/b'\naccess:", "database"),
        (
            "{bot_id: 7379462189365190001}",
            "{bot_id: 7379462189365190001, tools: {f: {url: 'https://t.internal', secret: inline}}}",
            "bots.assistant.tools.f.secret",
        ),
    ],
)
def test_a_secret_in_the_file(warned, old, new, place):
    (said,) = warned(GOOD.replace(old, new, 1))

    assert f": {place}: a secret is written in the file; write ${{" in said
    assert "inline" not in said


@pytest.mark.parametrize("database", ["sqlite:///bridge.db", "postgresql://bridge@db/bridge"])
def test_a_database_without_a_password_is_no_secret(warned, database):
    assert [] == warned(f"database: {database}\n{GOOD}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7379462189365190001", "7379462189365198898"),
        ("access:", "people: {staff: ['helpdesk:42']}\naccess:"),
        ("access:", "http: {public_url: 'https://bridge.example.org'}\naccess:"),
    ],
)
def test_a_sample_that_was_never_changed(warned, old, new):
    (said,) = warned(GOOD.replace(old, new, 1))

    assert "is the sample of config.example.yaml; put your own here" in said


def test_every_sample_is_one():
    example = (TOP / "config.example.yaml").read_text()

    assert [] == [sample for sample in sorted(SAMPLES) if sample not in example]
    assert set(re.findall(r"\b7\d{18}\b", example)) <= SAMPLES


@pytest.mark.parametrize(
    ("coze", "says"),
    [
        (
            "{1: {token: pat_x}}",
            "coze.1.token: a secret is written in the file; write ${COZE_1_TOKEN} here, and COZE_1_TOKEN=",
        ),
        ("{客服: {token: pat_x}}", "coze.客服.token: a secret is written in the file; write ${TOKEN} here, and TOKEN="),
        (
            "{my-own: {token: pat_x}}",
            "coze.my-own.token: a secret is written in the file; write ${MY_OWN_TOKEN} here, and MY_OWN_TOKEN=",
        ),
        (
            "{main: {token: $sesame}}",
            "a secret is written in the file, for a `$` without braces names nothing; write ${MAIN_TOKEN} here",
        ),
    ],
)
def test_the_name_that_is_proposed_for_a_secret_is_one_that_the_environment_can_have(warned, coze, says):
    [said] = warned(GOOD.replace('{main: {token: "${COZE_TOKEN}"}}', coze))

    assert says in said
