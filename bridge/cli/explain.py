"""`explain`: whether somebody may talk, which route answers, why, and on which terms."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import click

from bridge.cli.options import config_option, json_option
from bridge.cli.output import print_json
from bridge.cli.work import load_settings
from bridge.config.settings import Settings, TestSettings
from bridge.routing import explanation
from bridge.routing.explanation import Explanation
from bridge.sdk.errors import BridgeError, ConfigError
from bridge.sdk.model import MediaKind

_ANSWERS: Final = {"addressed": "what is meant for it alone", "always": "every message"}
_BUSY: Final = {
    "queue": "a new message waits until the running answer has ended",
    "interrupt": "a new message stops the running answer",
}


@click.command(epilog="Example: coze-bridge explain --adapter helpdesk --chat-type private 'hello'")
@config_option
@click.option("--adapter", required=True, help="The adapter's name in the config.")
@click.option("--chat", help="The chat's or channel's id.")
@click.option(
    "--chat-type",
    type=click.Choice(["private", "group", "channel"]),
    default="private",
    show_default=True,
    help="How many are listening.",
)
@click.option("--thread", help="The thread's or topic's id.")
@click.option("--workspace", help="The workspace it lies in, where the platform has such.")
@click.option("--language", help="The language of who says it, such as zh-hans.")
@click.option(
    "--has",
    type=click.Choice([str(kind) for kind in MediaKind]),
    multiple=True,
    help="What is sent beside TEXT; may be given several times.",
)
@click.option("--start", help="The word behind /start in the link that led there.")
@click.option("--from", "person", default="somebody", show_default=True, help="Who says it: a user's id.")
@json_option
@click.argument("text")
def explain(path: Path, *, as_json: bool, text: str, adapter: str, person: str, **more: object) -> None:
    """Tell whether they may say TEXT, which route answers, why each earlier one does not, and on which terms."""
    settings = load_settings(path)
    if adapter not in settings.adapters:
        raise ConfigError(f"--adapter: expected one of {', '.join(settings.adapters)}, got {adapter}")
    there, colon, _ = person.partition(":")
    if colon and there != adapter:
        is_known = there in settings.adapters
        wrong = f"{person} is somebody on {there}, not on" if is_known else f"there is no adapter {there}; expected"
        raise ConfigError(f"--from: {wrong} {adapter}")
    message = TestSettings.model_validate(
        {"say": text, "adapter": adapter, "from": person.removeprefix(f"{adapter}:"), "expect": "nobody", **more}
    )
    found = explanation.explain(settings, message, is_paired=partial(_is_paired, settings))
    if as_json:
        print_json(asdict(found))
        return
    click.echo("\n".join(_told(found)))


def _told(found: Explanation) -> Iterator[str]:
    yield f"{_mark(passed=found.let_in)} access: {found.access}"
    for verdict in found.routes:
        yield f"{_mark(passed=verdict.matched)} {verdict.route}: {verdict.why}"
    terms = found.terms
    if found.let_in and terms and terms.reply:
        yield f"no bot answers; said is: {terms.reply}"
        return
    if found.let_in and terms and terms.discards:
        yield f"nobody answers: {terms.route} discards it"
        return
    if not found.let_in or terms is None or terms.bot is None:
        yield "nobody answers"
        return
    chosen = f", or by /bot {' or '.join(terms.bots[1:])}" if terms.bots[1:] else ""
    spare = f", or {terms.fallback} while its Coze is away" if terms.fallback else ""
    yield f"{terms.bot} answers{chosen}{spare}; in groups {_ANSWERS[terms.answer]}"
    anew = f", begun anew when left alone for {timedelta(seconds=terms.forget_after)}" if terms.forget_after else ""
    yield f"memory: {terms.memory} ({terms.scope}){anew}"
    yield f"queue: {_BUSY[terms.busy]}"
    yield f"limits: {terms.limits}"


def _is_paired(settings: Settings, person: str) -> bool:
    from bridge.store.survey import is_let_in  # noqa: PLC0415 - only where people are let in by a code

    try:
        return is_let_in(settings.database.get_secret_value(), person)
    except BridgeError as failure:
        click.secho(f"whether {person} was let in is not known: {failure}", err=True, fg="yellow")
        return False


def _mark(*, passed: bool) -> str:
    return click.style("✔", fg="green") if passed else click.style("✘", fg="red")
