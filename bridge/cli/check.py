"""`check`: everything that is wrong with a config."""

from pathlib import Path

import click

from bridge.cli.options import config_option
from bridge.cli.work import load_settings
from bridge.routing import selftest
from bridge.sdk.errors import ConfigError


@click.command(epilog="Example: coze-bridge check --config config.yaml")
@config_option
def check(path: Path) -> None:
    """Tell everything that is wrong with the config, and run its own tests."""
    settings = load_settings(path)
    if complaints := selftest.run_tests(settings):
        raise ConfigError("\n".join(map(str, complaints)))
    tests = len(settings.tests)
    click.echo(f"{path}: fine; {len(settings.routes)} routes, {tests} of {tests} tests passed")
