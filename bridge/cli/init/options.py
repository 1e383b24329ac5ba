"""What `init` is given before it asks: options, the secrets of `.env`, and complaints about either by their form."""

import re
import shlex
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from pydantic import TypeAdapter, ValidationError

from bridge.cli.init.answers import NO_HTTP, Answers
from bridge.config.field_types import CozeUrl
from bridge.config.units import ListenAddress, parse_listen_address
from bridge.sdk.far_sides import wrong_base

_OPTIONS: Final = {
    "adapters.slack.api_url": "--slack-api-url",
    "adapters.slack.app_token": "--slack-app-token",
    "adapters.slack.bot_token": "--slack-bot-token",
    "adapters.telegram.api_url": "--telegram-api-url",
    "adapters.telegram.token": "--telegram-token",
    "bots.assistant.bot_id": "--bot-id",
    "coze.main.base_url": "--coze-url",
    "coze.main.token": "--coze-token",
    "http.listen": "--listen",
}
"""By which option each value of the config was given."""

_NEIGHBOURS: Final = 20
"""Ports behind the usual one that are tried when that is taken."""


def check_addresses(answers: Answers) -> None:
    """Raise `click.UsageError` for an address that cannot be one, before anything is asked."""
    for option, wrong in _wrong_addresses(answers):
        raise click.UsageError(f"{option}: {wrong}")


def _wrong_addresses(answers: Answers) -> Iterator[tuple[str, str]]:
    try:
        if answers.listen not in NO_HTTP:
            parse_listen_address(answers.listen)
    except ValueError as failure:
        yield "--listen", f"{failure}, got {answers.listen}"
    try:
        TypeAdapter(CozeUrl).validate_python(answers.coze_url)
    except ValidationError as refusal:
        said = refusal.errors(include_url=False)[0]["msg"]
        yield "--coze-url", said if "did you mean" in said else f"{said}, got {answers.coze_url}"
    platforms = {"--telegram-api-url": answers.telegram_api_url, "--slack-api-url": answers.slack_api_url}
    for option, url in platforms.items():
        if fault := wrong_base(url):
            yield option, f"{fault}, got {url}"


def known_already(answers: Answers, environ: Mapping[str, str]) -> tuple[Answers, list[str]]:
    """The *answers* with the secrets that *environ* has and no option gave, and the names of those."""
    fields = {"TELEGRAM_TOKEN": "telegram_token", "SLACK_BOT_TOKEN": "slack_bot_token"}
    fields |= {"SLACK_APP_TOKEN": "slack_app_token", "COZE_TOKEN": "coze_token"}
    found = {name: environ[name] for name, field in fields.items() if environ.get(name) and not getattr(answers, field)}
    return replace(answers, **{fields[name]: value for name, value in found.items()}), list(found)


def by_option(complaints: str, config: Path) -> str:
    """The *complaints* about a *config* that was not written, by the options that the values were given by."""
    lines = complaints.replace(f"{config}:", "").splitlines()
    found = (re.fullmatch(r"\d+:\d+: ([\w.]+): (.*)", line) for line in lines)
    told = [
        f"{_OPTIONS.get(one[1], one[1])}: {one[2]}" if one else line for one, line in zip(found, lines, strict=True)
    ]
    return "\n".join(told)


def free_listen_address(listen: str) -> str:
    """*listen*, or the same with the next free port where that one is taken."""
    if listen in NO_HTTP:
        return listen
    wanted = parse_listen_address(listen)
    near = (ListenAddress(host=wanted.host, port=wanted.port + step) for step in range(_NEIGHBOURS))
    return str(next(filter(_is_free, near), wanted))


def _is_free(address: ListenAddress) -> bool:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address.host, address.port))
        except (OSError, OverflowError):
            return False
    return True


def start_command(output: Path) -> str:
    """How to start what was written, ready to paste."""
    return f"coze-bridge run --config {shlex.quote(str(output))}"
