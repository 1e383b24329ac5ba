"""The two files that `init` writes: a config that names its secrets, and `.env` that holds them."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from bridge.cli.init.answers import COZE_URL, NO_HTTP, SLACK_URL, TELEGRAM_URL, Answers
from bridge.cli.init.options import by_option
from bridge.config.loading import load, schema
from bridge.parts.registry import Kinds
from bridge.sdk.errors import BridgeError, ConfigError

SCHEMA: Final = "coze-bridge.schema.json"

_CONFIG: Final = """\
# yaml-language-server: $schema={schema}
#
# The config of coze-bridge, as `coze-bridge init` wrote it. Its secrets stand in .env beside it.
#
#   coze-bridge check      is the file right?
#   coze-bridge doctor     are Coze, the platforms and this machine well?
#   coze-bridge explain    who answers a message, and why?
#   coze-bridge run        answer people

database: sqlite:///bridge.db             # or postgresql://user@host/name: then run as many replicas as you like

http:
  listen: {listen: <31} # health, metrics, console; null: no HTTP at all
  admin_token: ${{BRIDGE_ADMIN_TOKEN:-}}    # set it in .env, and /console opens

# Where bots live.
coze:
  main:
    base_url: {coze_url}
    token: ${{COZE_TOKEN}}

# Where people are.
adapters:
{adapters}
# Who answers.
bots:
  assistant:
    coze: main
    bot_id: "{bot_id}"{bot_name}

# Who may talk at all: everyone | pairing (an admin lets strangers in) | nobody | {{people: [staff]}}
access:
  private: everyone
  groups: everyone

# What holds wherever a route does not say otherwise.
defaults:
  answer: addressed                       # in groups: mentions, replies, commands and threads it is part of | always
  memory: auto                            # threads and topics share one, else each person has their own
  limits:                                 # per person
    messages: 20/minute
    tokens: 200000/day

# Who answers what: the first route that matches. Put special ones above, such as
#   - {{name: reports, when: {{text: {{starts_with: /report}}}}, bot: report}}
routes:
  - name: everyone
    bot: assistant

# What should happen: run by `coze-bridge check`, and before every reload.
tests:
  - {{say: hello, adapter: {first}, expect: everyone}}
"""
_TELEGRAM: Final = """\
  telegram:
    kind: telegram
    token: ${{TELEGRAM_TOKEN}}{api_url}
"""
_SLACK: Final = """\
  slack:
    kind: slack
    bot_token: ${{SLACK_BOT_TOKEN}}
    app_token: ${{SLACK_APP_TOKEN}}{api_url}
"""
_PLAIN: Final = re.compile(r"[\w.:/@%+=~-]+", re.ASCII)


def render(answers: Answers) -> str:
    """The config for these *answers*."""
    adapters = []
    if answers.telegram_token:
        adapters.append(_TELEGRAM.format(api_url=_unless(TELEGRAM_URL, answers.telegram_api_url)))
    if answers.wants_slack:
        adapters.append(_SLACK.format(api_url=_unless(SLACK_URL, answers.slack_api_url)))
    return _CONFIG.format(
        schema=SCHEMA,
        listen="null" if answers.listen in NO_HTTP else answers.listen,
        coze_url=answers.coze_url or COZE_URL,
        adapters="".join(adapters),
        bot_id=answers.bot_id,
        bot_name=f"  # {' '.join(answers.bot_name.split())}" if answers.bot_name else "",
        first="telegram" if answers.telegram_token else "slack",
    )


def conflicts(config: Path, answers: Answers) -> list[str]:
    """What would be overwritten."""
    known = dotenv_values(_env(config), interpolate=False)
    changed = [name for name, value in answers.secrets.items() if known.get(name) not in (None, "", value)]
    found = [str(config)] if config.exists() else []
    return found + ([f"{', '.join(changed)} in {_env(config)}"] if changed else [])


def write(config: Path, answers: Answers, kinds: Kinds) -> list[Path]:
    """Write all of it, or nothing: the config is read as `run` would read it before it takes its place."""
    env, secrets, new = _env(config), answers.secrets, None
    try:
        new = _beside(config, render(answers))
        _check(new, kinds, secrets | {"BRIDGE_ADMIN_TOKEN": ""})
        _beside(env, _merged(env, secrets)).replace(env)
        new.replace(config)
        _write_schema(config.parent / SCHEMA, kinds)
    except OSError as failure:
        raise BridgeError(f"cannot write {config}: {failure.strerror}") from failure
    finally:
        if new is not None:
            with suppress(FileNotFoundError):
                new.unlink()
    return [config, env]


def _check(new: Path, kinds: Kinds, environ: Mapping[str, str]) -> None:
    try:
        load(new, kinds, environ)
    except ConfigError as refusal:
        raise ConfigError(by_option(refusal.detail, new)) from refusal


def _env(config: Path) -> Path:
    return config.parent / ".env"


def _unless(usual: str, url: str) -> str:
    """The line for another server than the *usual* one."""
    return "" if url.rstrip("/") == usual.rstrip("/") else f"\n    api_url: {url}"


def _beside(path: Path, text: str) -> Path:
    """A new file in the folder of *path*, for its owner alone (0600), with that *text* on disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _merged(env: Path, secrets: Mapping[str, str]) -> str:
    """What stands in *env*, but for *secrets*, and these."""
    kept = env.read_text(encoding="utf-8").splitlines() if env.exists() else []
    ours = re.compile(rf"\s*(export\s+)?({'|'.join(secrets)})\s*(=|$)")
    lines = [line for line in kept if not ours.match(line)]
    return "\n".join([*lines, *(f"{name}={_quoted(value)}" for name, value in secrets.items())]) + "\n"


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _write_schema(path: Path, kinds: Kinds) -> None:
    path.write_text(json.dumps(schema(kinds), ensure_ascii=False, indent=1), encoding="utf-8")
