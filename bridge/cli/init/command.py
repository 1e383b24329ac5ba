"""The command `init`: what comes from options, what is asked, and what is written."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from bridge.cli.environment import environment
from bridge.cli.init import dialogue, files, options, trial
from bridge.cli.init.answers import COZE_URL, LISTEN, SLACK_URL, TELEGRAM_URL, Answers
from bridge.cli.options import FAILED
from bridge.cli.run import run
from bridge.cli.work import run_on_loop
from bridge.parts.registry import Kinds
from bridge.process import logs
from bridge.sdk.checks import Finding

_FOR_OTHERS: Final = "For another server than the usual one."


@click.command(
    epilog="Example: coze-bridge init\n\n"
    'Example: coze-bridge init --yes --telegram-token "$T" --coze-token "$C" --bot-id 7379462189365198898'
)
@click.option("--listen", default=LISTEN, show_default=True, help="host:port of health and console; null: no HTTP.")
@click.option("--telegram-token", default="", envvar="TELEGRAM_TOKEN", show_envvar=True, help="From @BotFather.")
@click.option("--slack-bot-token", default="", envvar="SLACK_BOT_TOKEN", show_envvar=True, help="xoxb-…")
@click.option("--slack-app-token", default="", envvar="SLACK_APP_TOKEN", show_envvar=True, help="xapp-…")
@click.option("--coze-token", default="", envvar="COZE_TOKEN", show_envvar=True, help="A personal or service token.")
@click.option("--coze-url", default=COZE_URL, show_default=True, help="Where the bot lives; or your Coze Studio.")
@click.option("--bot-id", default="", help="The bot's id; else it is chosen from a list.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    help="The config to write; .env is written beside it.",
)
@click.option("--telegram-api-url", default=TELEGRAM_URL, help=_FOR_OTHERS)
@click.option("--slack-api-url", default=SLACK_URL, help=_FOR_OTHERS)
@click.option("--offline", is_flag=True, help="Try nothing at its far side.")
@click.option("--yes", is_flag=True, help="Ask nothing: everything comes from options.")
@click.pass_context
def init(context: click.Context, /, *, output: Path, offline: bool, yes: bool, **given: str) -> None:
    """Write a config and its .env, each answer tried at its far side first; then start."""
    logs.configure("error")
    kinds = Kinds()
    answers = Answers(**{key: value.strip() for key, value in given.items()})
    options.check_addresses(answers)
    asks = sys.stdin.isatty() and not yes
    _settle_conflicts(output, answers, asks=asks)
    answers = _with_env(output, answers)
    try:
        answers = _asked(answers, kinds, output, offline=offline) if asks else _given(answers, kinds, offline=offline)
    except click.Abort:
        click.echo("\nNothing was written.", err=True)
        raise
    for path in files.write(output, answers, kinds):
        click.echo(path)
    if asks and _wants_start():
        context.invoke(run, path=output)
    else:
        click.echo(f"Start it: {options.start_command(output)}", err=True)


def _with_env(output: Path, answers: Answers) -> Answers:
    """The *answers* with the secrets that stand in ``.env`` already."""
    answers, taken = options.known_already(answers, environment(output.parent))
    if taken:
        click.echo(f"Taken from {output.parent / '.env'}: {', '.join(taken)}", err=True)
    return answers


def _asked(answers: Answers, kinds: Kinds, output: Path, *, offline: bool) -> Answers:
    """The *answers* with all that was missing, as somebody at a terminal gives it."""
    answers = dialogue.complete(answers, kinds, offline=offline)
    _settle_conflicts(output, answers, asks=True, known=True)
    listen = options.free_listen_address(answers.listen)
    if listen != answers.listen:
        click.echo(f"\nSomebody listens at {answers.listen} already, so the bridge takes {listen}.", err=True)
    return replace(answers, listen=listen)


def _wants_start() -> bool:
    """Whether to start at once; who leaves the question alone wants nothing more."""
    try:
        return click.confirm("\nStart it now?", default=True, err=True)
    except click.Abort:
        click.echo(err=True)
        return False


def _given(answers: Answers, kinds: Kinds, *, offline: bool) -> Answers:
    """The *answers*, all of which options gave; ends the command where one is missing or refused."""
    if missing := list(answers.missing()):
        raise click.UsageError(f"without a terminal, or with --yes, these are needed: {'; '.join(missing)}")
    if offline:
        return answers
    answers, findings = run_on_loop(_try_all(answers, kinds))
    dialogue.show(findings)
    if trial.refusals(findings):
        click.echo("Nothing was written.", err=True)
        sys.exit(FAILED)
    return answers


async def _try_all(answers: Answers, kinds: Kinds) -> tuple[Answers, list[Finding]]:
    findings: list[Finding] = []
    if answers.telegram_token:
        findings += await trial.telegram(kinds, answers)
    if answers.wants_slack:
        findings += await trial.slack(kinds, answers)
    answers, told = await trial.coze(answers)
    findings += told
    if not trial.refusals(told):
        findings.append(await trial.bot(answers))
    return answers, findings


def _settle_conflicts(output: Path, answers: Answers, *, asks: bool, known: bool = False) -> None:
    """Overwrite nothing that nobody has agreed to."""
    if not output.parent.is_dir():
        raise click.UsageError(f"--output: there is no folder {output.parent}")
    found = files.conflicts(output, answers)
    if not found or (known and found == [str(output)]):
        return
    if not asks:
        raise click.UsageError(f"{' and '.join(found)} exists; move it away, or name another --output")
    if not click.confirm(f"{' and '.join(found)} exists. Overwrite it?", default=False, err=True):
        raise click.Abort
