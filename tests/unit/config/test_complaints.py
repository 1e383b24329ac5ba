"""What an admin is told about a file that is wrong: the line, the key, the way out, and never a secret."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from bridge.config.loading import load
from bridge.sdk.errors import ConfigError

GOOD = """\
coze:
  main: {token: "${COZE_TOKEN}"}
adapters:
  helpdesk:
    kind: telegram
    token: ${TELEGRAM_TOKEN}
bots:
  assistant: {bot_id: 7379462189365198898}
routes:
  - name: everyone
    bot: assistant
"""
ENVIRON = {"COZE_TOKEN": "pat_sesame", "TELEGRAM_TOKEN": "42:sesame", "SHORT": "zq", "LONG": "sesame-street"}


class Telegram(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr
    receive: Literal["polling", "webhook"] = "polling"
    stream: Literal["auto", "draft", "edit", "off"] = "auto"

    @field_validator("token")
    @classmethod
    def _told_in_the_worst_way(cls, token):
        if ":" not in token.get_secret_value():
            raise ValueError(f"expected digits:letters, not {token.get_secret_value()}")
        return token


class Slack(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bot_token: SecretStr


KINDS: dict[str, type[BaseModel]] = {"telegram": Telegram, "slack": Slack}


def complaints(folder: Path, text: str | bytes) -> list[str]:
    path = folder / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refusal:
        load(path, KINDS, ENVIRON)
    assert not any(value in refusal.value.detail for value in ENVIRON.values()), refusal.value.detail
    return refusal.value.detail.replace(f"{path}:", "config.yaml:").splitlines()


def numbered(first, last):
    """So many names and values."""
    return ", ".join(f"m{number}: x" for number in range(first, last))


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


BROKEN = {
    "an unknown section": (
        GOOD + "route: []\n",
        "config.yaml:12:1: route: unknown key; did you mean `routes`?",
    ),
    "an unknown key of a condition": (
        GOOD + "    when: {chanel: C1}\n",
        "config.yaml:12:12: routes.0.when.chanel: unknown key; did you mean `chat`?",
    ),
    "an unknown key that resembles nothing": (
        GOOD + "privacy: {zebra: 1}\n",
        "config.yaml:12:11: privacy.zebra: unknown key; expected one of keep_messages, keep_people, redact, encryption_key",
    ),
    "an unknown key deep inside a condition": (
        GOOD + "    when: {any: [{not: {txt: {}}}]}\n",
        "config.yaml:12:25: routes.0.when.any.0.not.txt: unknown key; did you mean `text`?",
    ),
    "an unknown key of an adapter": (
        changed("kind: telegram", "kind: telegram\n    recieve: webhook"),
        "config.yaml:6:5: adapters.helpdesk.recieve: unknown key; did you mean `receive`?",
    ),
    "an unknown kind of adapter": (
        changed("kind: telegram", "kind: telegramm"),
        "config.yaml:5:5: adapters.helpdesk.kind: unknown kind `telegramm`; did you mean `telegram`?",
    ),
    "an adapter without a kind": (
        changed("kind: telegram", "stream: auto"),
        "config.yaml:4:3: adapters.helpdesk.kind: missing: one of telegram, slack",
    ),
    "a missing section": (
        changed("routes:\n  - name: everyone\n    bot: assistant\n", ""),
        "config.yaml:1:1: routes: missing: the first that matches answers",
    ),
    "a missing token": (
        changed("    token: ${TELEGRAM_TOKEN}\n", ""),
        "config.yaml:4:3: adapters.helpdesk.token: missing",
    ),
    "a key written twice": (
        changed("    token: ${TELEGRAM_TOKEN}\n", "    token: a:b\n    stream: auto\n    token: c:d\n"),
        "config.yaml:8:5: adapters.helpdesk.token: written twice, first on line 6; keep one",
    ),
    "a tab": (
        "coze:\n\tmain: {}\n",
        "config.yaml:2:1: not YAML: a tab; indent with spaces",
    ),
    "an open bracket": (
        "coze: {main: [\n",
        "config.yaml:2:1: not YAML: expected the node content, but found '<stream end>' (while parsing a flow node)",
    ),
    "a tag": (
        GOOD + "log: {level: !!python/object:os.system x}\n",
        "config.yaml:12:7: log.level: the tag python/object:os.system is not understood; leave it out",
    ),
    "a second document": (
        GOOD + "---\ncoze: {}\n",
        "config.yaml:12:1: not YAML: a second document begins here; keep one",
    ),
    "a variable that is not set": (
        changed("${COZE_TOKEN}", "${COZE_TOKEM}"),
        "config.yaml:2:10: coze.main.token: the environment has no COZE_TOKEM; set it, or write ${COZE_TOKEM:-default}",
    ),
    "a reference that is none": (
        changed("${COZE_TOKEN}", "${COZE-TOKEN}"),
        "config.yaml:2:10: coze.main.token: expected ${NAME} or ${NAME:-default}; write $${ for a plain ${",
    ),
    "a secret file that is not there": (
        changed('"${COZE_TOKEN}"', "{file: token.txt}"),
        "config.yaml:2:10: coze.main.token: the file token.txt cannot be read (no such file or directory)",
    ),
    "a duration of another world": (
        GOOD + "worker: {drain: 30 parsecs}\n",
        "config.yaml:12:10: worker.drain: expected a duration such as 30s, 5m or 7d, got `30 parsecs`",
    ),
    "a duration from a variable": (
        GOOD + "worker: {lease: '${SHORT}'}\n",
        "config.yaml:12:10: worker.lease: expected a duration such as 30s, 5m or 7d, got `${SHORT}`",
    ),
    "a rate without a period": (
        GOOD + "    limits: {messages: 20}\n",
        (
            "config.yaml:12:14: routes.0.limits.messages: expected a rate such as 20/minute (second, minute, hour or day), "
            "or null for no limit, got `20`"
        ),
    ),
    "a choice that is none": (
        GOOD + "defaults: {memory: threads}\n",
        (
            "config.yaml:12:12: defaults.memory: expected auto, person, chat or thread, got `threads`; "
            "did you mean `thread`?"
        ),
    ),
    "a choice of an adapter that is none": (
        changed("kind: telegram", "kind: telegram\n    stream: yes"),
        "config.yaml:6:5: adapters.helpdesk.stream: expected auto, draft, edit or off, got `yes`",
    ),
    "too little concurrency": (
        GOOD + "worker: {concurrency: 0}\n",
        "config.yaml:12:10: worker.concurrency: expected at least 1, got `0`",
    ),
    "a number in words": (
        GOOD + "worker: {concurrency: many}\n",
        "config.yaml:12:10: worker.concurrency: expected a whole number, got `many`",
    ),
    "a text where a section is expected": (
        GOOD + "http: sesame\n",
        "config.yaml:12:1: http: expected a section of keys such as `listen: …`, `public_url: …`, `admin_token: …`, got text",
    ),
    "an address without a port": (
        GOOD + "http: {listen: 8080}\n",
        "config.yaml:12:8: http.listen: expected host:port such as 127.0.0.1:8080, or null for no HTTP, got `8080`",
    ),
    "a database of another kind": (
        GOOD + "database: mysql://root:sesame@host/db\n",
        "config.yaml:12:1: database: expected sqlite:///bridge.db or postgresql://user@host/name",
    ),
    "two identities at one coze": (
        changed('"${COZE_TOKEN}"', '"${COZE_TOKEN}", oauth: {app_id: 1, key_id: 2, private_key: x}'),
        "config.yaml:2:3: coze.main: expected one of token, oauth",
    ),
    "the website instead of the API": (
        changed("{token:", "{base_url: https://www.coze.cn, token:"),
        "config.yaml:2:10: coze.main.base_url: expected the API's address; did you mean `https://api.coze.cn`?",
    ),
    "a retired path": (
        changed("{token:", "{base_url: https://api.coze.com/open_api/v2, token:"),
        (
            "config.yaml:2:10: coze.main.base_url: expected the address alone, without the path of a call; "
            "did you mean `https://api.coze.com`?"
        ),
    ),
    "a bot with two ids": (
        changed("{bot_id:", "{workflow_id: 1, bot_id:"),
        "config.yaml:8:3: bots.assistant: expected exactly one of bot_id, workflow_id, chatflow_id",
    ),
    "tools for a workflow": (
        changed("{bot_id:", "{tools: {f: {url: https://a.example, secret: x}}, workflow_id:"),
        "config.yaml:8:3: bots.assistant: tools belong to a bot_id alone; leave them out",
    ),
    "a function that is nowhere": (
        changed("{bot_id:", "{tools: {f: {python: 'json:nothing'}}, bot_id:"),
        (
            "config.yaml:8:27: bots.assistant.tools.f.python: expected module:function that can be imported here "
            "(module 'json' has no attribute 'nothing'), got `json:nothing`"
        ),
    ),
    "a function with a space in its name": (
        changed("{bot_id:", "{tools: {f: {python: 'my json:loads'}}, bot_id:"),
        "config.yaml:8:27: bots.assistant.tools.f.python: expected module:function, got `my json:loads`",
    ),
    "a function without its name": (
        changed("{bot_id:", "{tools: {f: {python: 'json:'}}, bot_id:"),
        "config.yaml:8:27: bots.assistant.tools.f.python: expected module:function, got `json:`",
    ),
    "a function of a file": (
        changed("{bot_id:", "{tools: {f: {python: './shop/stock.py:get'}}, bot_id:"),
        "config.yaml:8:27: bots.assistant.tools.f.python: expected module:function, got `./shop/stock.py:get`",
    ),
    "a function that would stand in everybody's way": (
        changed("{bot_id:", "{tools: {f: {python: 'json:loads'}}, bot_id:"),
        "config.yaml:8:27: bots.assistant.tools.f.python: expected an async function, got `json:loads`",
    ),
    "a function and an endpoint": (
        changed("{bot_id:", "{tools: {f: {python: 'asyncio:sleep', url: https://a.example}}, bot_id:"),
        "config.yaml:8:23: bots.assistant.tools.f: expected either url and secret, or python",
    ),
    "an output of an agent": (
        changed("{bot_id:", "{output: text, bot_id:"),
        "config.yaml:8:3: bots.assistant: input, output and background belong to a workflow_id; leave them out",
    ),
    "an opinion of a workflow": (
        changed("{bot_id:", "{feedback: true, workflow_id:"),
        (
            "config.yaml:8:3: bots.assistant: feedback belongs to a bot_id or chatflow_id: "
            "a workflow's answer cannot be rated; leave it out"
        ),
    ),
    "a parameter for files of an agent": (
        changed("{bot_id:", "{file: photo, bot_id:"),
        (
            "config.yaml:8:3: bots.assistant: "
            "file belongs to a workflow_id or chatflow_id; an agent gets files as they are, so leave it out"
        ),
    ),
    "a variable that no prompt can name": (
        GOOD + "    variables: {name_1: Ann}\n",
        (
            "config.yaml:12:17: routes.0.variables.name_1: "
            "expected Latin letters and `_` in a variable of an agent's prompt, got `name_1`"
        ),
    ),
    "meta_data under our own name": (
        GOOD + "    meta_data: {bridge_key: x}\n",
        "config.yaml:12:17: routes.0.meta_data.bridge_key: `bridge_key` is the bridge's own; take another name",
    ),
    "meta_data under a name that is too long": (
        GOOD + f"    meta_data: {{{'k' * 65}: x}}\n",
        (
            f"config.yaml:12:17: routes.0.meta_data.{'k' * 65}: "
            "expected at most 64 characters in a name of meta_data, got 65"
        ),
    ),
    "more meta_data than Coze keeps": (
        GOOD + f"    meta_data: {{{numbered(0, 8)}}}\ndefaults:\n  meta_data: {{{numbered(8, 16)}}}\n",
        "config.yaml:12:5: routes.0.meta_data: expected at most 15 names in meta_data, got 16",
    ),
    "such a variable for everybody": (
        GOOD + "defaults:\n  variables: {名字: Ann}\n",
        (
            "config.yaml:13:15: defaults.variables.名字: "
            "expected Latin letters and `_` in a variable of an agent's prompt, got `名字`"
        ),
    ),
    "a bot at an unknown coze": (
        changed("{bot_id:", "{coze: mian, bot_id:"),
        "config.yaml:8:15: bots.assistant.coze: unknown coze `mian`; did you mean `main`?",
    ),
    "a route to an unknown bot": (
        changed("bot: assistant", "bot: asistant"),
        "config.yaml:11:5: routes.0.bot: unknown bot `asistant`; did you mean `assistant`?",
    ),
    "a route to an unknown bot from a variable": (
        changed("bot: assistant", "bot: ${LONG}"),
        "config.yaml:11:5: routes.0.bot: unknown bot `${LONG}`; expected one of assistant",
    ),
    "a route that both answers and discards": (
        GOOD + "    discard: true\n",
        "config.yaml:10:5: routes.0: expected one of bot, bots, reply, discard: true",
    ),
    "two routes of one name": (
        changed("  - name: everyone", "  - {name: everyone, when: {chat: 1}, bot: assistant}\n  - name: everyone"),
        "config.yaml:11:5: routes.1.name: `everyone` names two routes (the other is number 1)",
    ),
    "a regular expression that is none": (
        GOOD + "    when: {text: {matches: '('}}\n",
        "config.yaml:12:19: routes.0.when.text.matches: expected a regular expression of RE2 (missing ): (), got `(`",
    ),
    "a regular expression that looks around": (
        GOOD + "    when: {text: {matches: '(?!x)y'}}\n",
        (
            "config.yaml:12:19: routes.0.when.text.matches: expected a regular expression of RE2 (invalid perl operator: "
            "(?!; patterns run in linear time, without look-around and backreferences), got `(?!x)y`"
        ),
    ),
    "a regular expression that refers back": (
        GOOD + "    when: {text: {matches: '(a)\\1'}}\n",
        (
            "config.yaml:12:19: routes.0.when.text.matches: expected a regular expression of RE2 (invalid escape sequence: "
            "\\1; patterns run in linear time, without look-around and backreferences), got `(a)\\1`"
        ),
    ),
    "a regular expression that counts too far": (
        GOOD + "    when: {text: {matches: '(a{900}){900}'}}\n",
        (
            "config.yaml:12:19: routes.0.when.text.matches: expected a regular expression of RE2 (invalid repetition size: "
            "{900}), got `(a{900}){900}`"
        ),
    ),
    "a condition that was left empty": (
        GOOD + "    when: {chat: }\n",
        "config.yaml:12:5: routes.0.when: expected a value for chat, or nothing at all",
    ),
    "a condition on a variable that is empty": (
        GOOD + "    when: {chat: '${NONE:-}'}\n",
        "config.yaml:12:12: routes.0.when.chat: must not be empty, got `${NONE:-}`",
    ),
    "an empty token": (
        changed("${COZE_TOKEN}", "${NONE:-}"),
        "config.yaml:2:10: coze.main.token: must not be empty",
    ),
    "a variable with an unknown field": (
        GOOD + "    variables: {name: 'Hi {person.nam}'}\n",
        (
            "config.yaml:12:17: routes.0.variables.name: expected none but the fields person.name, person.language, "
            "chat.type, route.name, adapter.name, start.payload, got `Hi {person.nam}`"
        ),
    ),
    "a variable with half a field": (
        GOOD + "defaults: {variables: {name: '{person'}}\n",
        (
            "config.yaml:12:24: defaults.variables.name: expected fields such as {person.name}; write {{ for a plain {, "
            "got `{person`"
        ),
    ),
    "an unknown group of people": (
        GOOD + "people: {staff: [helpdesk:42]}\naccess: {private: {people: [staf]}}\n",
        "config.yaml:13:29: access.private.people.0: unknown group of people `staf`; did you mean `staff`?",
    ),
    "a person of an unknown adapter": (
        GOOD + "people: {staff: [helpdesc:42]}\n",
        "config.yaml:12:18: people.staff.0: unknown adapter `helpdesc` in `helpdesc:42`; did you mean `helpdesk`?",
    ),
    "a person without an adapter": (
        GOOD + "people: {staff: [42]}\n",
        "config.yaml:12:18: people.staff.0: expected adapter:user such as helpdesk:42, got `42`",
    ),
    "an unknown adapter in a condition": (
        GOOD + "    when: {adapter: acme}\n",
        "config.yaml:12:12: routes.0.when.adapter: unknown adapter `acme`; expected one of helpdesk",
    ),
    "access by a word that is none": (
        GOOD + "access: {private: all}\n",
        (
            "config.yaml:12:10: access.private: expected everyone, pairing, nobody, {people: [group]} or "
            "{not: {people: [group]}}, got `all`"
        ),
    ),
    "everyone but an unknown group": (
        GOOD + "access: {private: {not: {people: [trolls]}}}\n",
        (
            "config.yaml:12:35: access.private.not.people.0: unknown group of people `trolls`; write adapter:user, or "
            "name a group under people"
        ),
    ),
    "nothing but nothing": (
        GOOD + "    when: {not: {}}\n",
        "config.yaml:12:5: routes.0.when: expected conditions in not; without any it would hold nowhere",
    ),
    "a share of nothing": (
        GOOD + "    when: {share: 0%}\n",
        "config.yaml:12:12: routes.0.when.share: expected a share such as 10%, above 0% and at most 100%, got `0%`",
    ),
    "a fallback that is nobody": (
        GOOD + "    fallback: spare\n",
        "config.yaml:12:5: routes.0.fallback: unknown bot `spare`; expected one of assistant",
    ),
    "a fallback that is the same": (
        GOOD + "    fallback: assistant\n",
        "config.yaml:10:5: routes.0: fallback is another bot beside `bot` or `bots`; name both, or leave it out",
    ),
    "one bot and several": (
        GOOD + "    bots: [assistant]\n",
        "config.yaml:10:5: routes.0: expected one of bot, bots, reply, discard: true",
    ),
    "a choice of nobody": (
        changed("bot: assistant", "bots: []"),
        "config.yaml:10:5: routes.0: bots: expected one bot at least",
    ),
    "a choice among strangers": (
        changed("bot: assistant", "bots: [assistant, asistant]"),
        "config.yaml:11:23: routes.0.bots.1: unknown bot `asistant`; did you mean `assistant`?",
    ),
    "a choice of the same twice": (
        changed("bot: assistant", "bots: [assistant, assistant]"),
        "config.yaml:10:5: routes.0: bots: expected each bot once",
    ),
    "a fallback that can be chosen": (
        changed("bot: assistant", "bots: [assistant]\n    fallback: assistant"),
        "config.yaml:10:5: routes.0: fallback is another bot beside `bot` or `bots`; name both, or leave it out",
    ),
    "prompts that are no list of words": (
        GOOD + "    prompts: [{say: hello}]\n",
        "config.yaml:12:15: routes.0.prompts.0: expected text, got a section",
    ),
    "a prompt that says nothing": (
        GOOD + '    prompts: ["What can you do?", " "]\n',
        "config.yaml:12:35: routes.0.prompts.1: must not be empty, got ` `",
    ),
    "a webhook that nobody can call": (
        changed("kind: telegram", "kind: telegram\n    receive: webhook"),
        "config.yaml:6:5: adapters.helpdesk.receive: webhook needs http.public_url: the https address the platform calls",
    ),
    "a test that expects an unknown route": (
        GOOD + "tests: [{say: hello, expect: everybody}]\n",
        "config.yaml:12:22: tests.0.expect: unknown route `everybody`; did you mean `everyone`?",
    ),
    "a token that is none": (
        changed("${TELEGRAM_TOKEN}", "${LONG}"),
        "config.yaml:6:5: adapters.helpdesk.token: expected digits:letters, not ${LONG}",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_the_line_and_the_way_out(name, tmp_path):
    text, expected = BROKEN[name]

    assert [expected] == complaints(tmp_path, text)


def test_every_complaint_comes_at_once_in_the_order_of_the_file(tmp_path):
    """An admin who mends one line at a time gives up at the third."""
    text = changed("bot: assistant", "bot: nobody").replace("kind: telegram", "kind: icq") + "log: {level: loud}\n"

    assert [
        "config.yaml:5:5: adapters.helpdesk.kind: unknown kind `icq`; expected one of telegram, slack",
        "config.yaml:11:5: routes.0.bot: unknown bot `nobody`; expected one of assistant",
        "config.yaml:12:7: log.level: expected debug, info, warning or error, got `loud`",
    ] == complaints(tmp_path, text)


def test_a_file_that_is_not_there_is_a_complaint(tmp_path):
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path / "none.yaml", KINDS, {})

    assert refusal.value.detail.endswith(
        "none.yaml:1:1: cannot be read (no such file or directory); `coze-bridge init` writes a config file"
    )


@pytest.mark.parametrize(
    "bomb",
    [
        b"a: &a [x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 121)),
        b"[" * 100_000,
        b"a: &a [*a]",
        b"a: &a {<<: *a, b: *a}",
        b"#" * (1 << 20) + b"\n",
        b"a: &a x\nb: [" + b"*a, " * 200 + b"]",
        b"a: \xff",
        b"a: \x00",
        b'a: "\\UFFFFFFFF"',
        b'a: "\\uD800"',
        b"%YAML 1." + b"9" * 5000 + b"\n---\na",
        b"? [a]\n: b\n",
        b"",
        b"- a",
    ],
)
def test_a_file_made_to_hurt_is_refused(bomb, tmp_path):
    assert complaints(tmp_path, bomb)
