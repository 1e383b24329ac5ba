"""The questions of `init`: each answer is tried as it is given, and asked for again until its far side says yes."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import click

from bridge.cli.init import trial
from bridge.cli.init.answers import Answers
from bridge.cli.work import run_on_loop
from bridge.coze.catalogue import Listed
from bridge.parts.registry import Kinds
from bridge.sdk.checks import Finding, Level

_MARKS: Final = {Level.OK: ("✔", "green"), Level.WARN: ("!", "yellow"), Level.FAIL: ("✘", "red")}
_TELEGRAM: Final = "Telegram: talk to @BotFather, send /newbot, and copy the token it gives."
_SLACK: Final = (
    "Slack: at https://api.slack.com/apps choose Create New App > From a manifest, and paste docs/slack-app-manifest.yaml\n"
    "(https://docs.slack.dev/app-manifests). Install the app; then copy its two tokens."
)
_COZE: Final = (
    "Coze: create a personal access token at https://www.coze.cn/open/oauth/pats (or www.coze.com), with the permissions\n"
    "for chat, conversations, messages and files, and with listWorkspace, listBot and getMetadata to choose the bot here."
)
_BOT: Final = "The bot's id, the number after /bot/ in the editor's address"
_MOST_SHOWN: Final = 40
_PLACES: Final = (
    ("1", "telegram", ("telegram",)),
    ("2", "slack", ("slack",)),
    ("3", "both", ("telegram", "slack")),
)

T = TypeVar("T")


def complete(answers: Answers, kinds: Kinds, *, offline: bool) -> Answers:
    """The *answers* with everything that was missing, tried unless *offline*."""
    dialogue = _Dialogue(kinds, offline=offline)
    platforms = _platforms(answers)
    if "telegram" in platforms:
        answers = dialogue.telegram(answers)
    if "slack" in platforms:
        answers = dialogue.slack(answers)
    return dialogue.bot(dialogue.coze(answers))


def show(findings: list[Finding]) -> None:
    """Tell what was found, one line each, on standard error."""
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        remedy = f"\n    → {finding.remedy}" if finding.remedy else ""
        click.echo(f"  {click.style(mark, fg=colour)} {finding.says}{remedy}", err=True)


def _platforms(answers: Answers) -> tuple[str, ...]:
    if answers.telegram_token or answers.wants_slack:
        return (*(["telegram"] if answers.telegram_token else []), *(["slack"] if answers.wants_slack else []))
    click.echo("Where are the people?\n  1  Telegram\n  2  Slack\n  3  both", err=True)
    return click.prompt("Choose", value_proc=_places, default="1", err=True)


def _places(said: str) -> tuple[str, ...]:
    """The platforms that somebody means by a number, or by their names."""
    for number, name, platforms in _PLACES:
        if said.strip().casefold() in (number, name):
            return platforms
    raise click.UsageError("expected 1, 2 or 3")


class _Dialogue:
    """The questions, one method for each far side."""

    def __init__(self, kinds: Kinds, *, offline: bool) -> None:
        self._kinds = kinds
        self._offline = offline

    def telegram(self, answers: Answers) -> Answers:
        """A bot that nobody else listens for."""
        if not answers.telegram_token:
            click.echo(f"\n{_TELEGRAM}", err=True)
        return self._until_taken(answers, "telegram_token", "Telegram's bot token", trial.telegram)

    def slack(self, answers: Answers) -> Answers:
        """An app with both of its tokens."""
        if not answers.wants_slack:
            click.echo(f"\n{_SLACK}", err=True)
        answers = self._until_taken(answers, "slack_bot_token", "Slack's bot token (xoxb-…)", trial.slack_bot)
        return self._until_taken(answers, "slack_app_token", "Slack's app-level token (xapp-…)", trial.slack_app)

    def coze(self, answers: Answers) -> Answers:
        """A token that a Coze knows; the other region's is found, too."""
        if not answers.coze_token:
            click.echo(f"\n{_COZE}", err=True)
        while True:
            answers = _asked(answers, "coze_token", "Coze's token")
            if self._offline:
                return answers
            answers, findings = run_on_loop(_waited(trial.coze(answers)))
            show(findings)
            if not trial.refusals(findings):
                return answers
            answers = _left_after(findings, answers, "coze_token", address="base_url")

    def bot(self, answers: Answers) -> Answers:
        """A bot that is published to the API."""
        listed = [] if self._offline or answers.bot_id else run_on_loop(trial.bots(answers))
        while True:
            answers = answers if answers.bot_id else _chosen(answers, listed)
            if self._offline:
                return answers
            finding = run_on_loop(trial.bot(answers))
            show([finding])
            if finding.level is not Level.FAIL:
                return answers
            answers = _left_after([finding], answers, "bot_id", address="base_url")

    def _until_taken(
        self, answers: Answers, key: str, words: str, attempt: Callable[[Kinds, Answers], Awaitable[list[Finding]]]
    ) -> Answers:
        while True:
            answers = _asked(answers, key, words)
            if self._offline:
                return answers
            findings = run_on_loop(_waited(attempt(self._kinds, answers)))
            show(findings)
            if not trial.refusals(findings):
                return answers
            answers = _left_after(findings, answers, key, address="api_url")


def _left_after(findings: list[Finding], answers: Answers, key: str, *, address: str) -> Answers:
    """The *answers* without what was refused; where nobody answered at that *address*, nobody has said that it is wrong."""
    if not any(finding.key == address for finding in trial.refusals(findings)):
        return replace(answers, **{key: ""})
    click.prompt("Press Enter to try again", default="", show_default=False, err=True)
    return answers


async def _waited(trying: Awaitable[T]) -> T:
    """What *trying* gives, with a word if that takes a moment."""
    task = asyncio.ensure_future(trying)
    done, _ = await asyncio.wait({task}, timeout=0.5)
    if not done:
        click.secho("  checking …", err=True, dim=True)
    return await task


def _asked(answers: Answers, key: str, words: str) -> Answers:
    """The *answers* with that secret, which is not shown while it is typed."""
    value = getattr(answers, key)
    while not value:
        value = click.prompt(words, hide_input=True, err=True).strip()
    return replace(answers, **{key: value})


def _chosen(answers: Answers, listed: list[Listed]) -> Answers:
    """The *answers* with a bot out of the list, or with an id that was typed."""
    if not listed:
        return replace(answers, bot_id=click.prompt(_BOT, value_proc=_bot_id, err=True), bot_name="")
    click.echo("\nWhich bot answers? These are published to the API:", err=True)
    for number, bot in enumerate(listed[:_MOST_SHOWN], 1):
        click.echo(f"  {number:2}  {bot.name}  ({bot.workspace}, {bot.id})", err=True)
    chosen = partial(_bot_out_of, listed)
    bot_id = click.prompt("Choose a number, or type the id of another", value_proc=chosen, default="1", err=True)
    return replace(answers, bot_id=bot_id, bot_name=next((bot.name for bot in listed if bot.id == bot_id), ""))


def _bot_out_of(listed: list[Listed], said: str) -> str:
    """The id of the bot that somebody means: by its number in the list, its name, or an id."""
    shown, said = listed[:_MOST_SHOWN], said.strip()
    if said.isdecimal() and 1 <= int(said) <= len(shown):
        return shown[int(said) - 1].id
    named = [bot.id for bot in listed if bot.name.casefold() == said.casefold()]
    if len(named) == 1:
        return named[0]
    if re.fullmatch(r"\d{1,4}", said):
        raise click.UsageError(f"expected a number from 1 to {len(shown)}, or the id of another bot")
    return _bot_id(said)


def _bot_id(said: str) -> str:
    """An id, also out of the whole address of the editor."""
    if found := re.search(r"/bot/(\d+)", said) or re.fullmatch(r"\s*(\d+)\s*", said):
        return found[1]
    raise click.UsageError("expected the number after /bot/ in the editor's address")
