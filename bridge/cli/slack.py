"""`slack`: what the platform wants to be told of the app."""

from pathlib import Path

import click

from bridge.cli.options import config_option
from bridge.cli.work import load_settings
from bridge.config.settings import Settings
from bridge.parts import registry
from bridge.sdk.checks import Registered
from bridge.sdk.errors import ConfigError

KIND = "slack"


@click.group("slack")
def slack() -> None:
    """The app as Slack sees it."""


@slack.command("manifest", epilog="Example: coze-bridge slack manifest --adapter acme > manifest.yaml")
@config_option
@click.option("--adapter", help="Its name in the config; may be left out where there is only one.")
def print_manifest(path: Path, adapter: str | None) -> None:
    """Print the app manifest for what the config uses, to paste at api.slack.com/apps."""
    kinds = registry.Kinds()
    settings = load_settings(path, kinds)
    name = _one(settings, adapter)
    section = settings.adapters[name]
    built = registry.addressed(
        registry.build(kinds, name, section.kind, section.options),
        webhook_url=settings.http.webhook_url(name),
        install_url=settings.http.install_url(section.kind, name),
    )
    if not isinstance(built, Registered):
        raise ConfigError(f"adapters.{name}: its platform knows no manifest")
    click.echo(built.manifest(settings.http.webhook_url(name)), nl=False)


def _one(settings: Settings, adapter: str | None) -> str:
    """The name of the adapter that is meant."""
    known = [name for name, section in settings.adapters.items() if section.kind == KIND]
    if adapter in known:
        return adapter
    if adapter is None and len(known) == 1:
        return known[0]
    if not known:
        raise ConfigError(f"expected an adapter of the kind {KIND} in the config, got none")
    raise click.UsageError(f"--adapter: expected one of {', '.join(known)}, got {adapter or 'nothing'}")
