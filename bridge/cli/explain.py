"""`explain`: which route answers, and why."""

from dataclasses import asdict
from pathlib import Path

import click

from bridge.cli.options import config_option, json_option
from bridge.cli.output import print_json
from bridge.cli.work import load_settings
from bridge.config.settings import TestSettings
from bridge.routing import selftest
from bridge.sdk.errors import ConfigError


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
@click.option("--from", "person", default="somebody", show_default=True, help="Who says it: a user's id.")
@json_option
@click.argument("text")
def explain(path: Path, *, as_json: bool, text: str, adapter: str, person: str, **where: str | None) -> None:
    """Tell which route answers TEXT, and why each earlier one does not."""
    settings = load_settings(path)
    if adapter not in settings.adapters:
        raise ConfigError(f"--adapter: expected one of {', '.join(settings.adapters)}, got {adapter}")
    message = TestSettings.model_validate(
        {"say": text, "adapter": adapter, "from": person.removeprefix(f"{adapter}:"), "expect": "nobody", **where}
    )
    verdicts = selftest.explain(settings, message)
    if as_json:
        print_json([asdict(verdict) for verdict in verdicts])
        return
    for verdict in verdicts:
        mark = click.style("✔", fg="green") if verdict.matched else click.style("✘", fg="red")
        click.echo(f"{mark} {verdict.route}: {verdict.why}")
    if not any(verdict.matched for verdict in verdicts):
        click.echo("nobody answers")
