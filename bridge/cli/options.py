"""The options that many commands share, and the exit codes."""

from pathlib import Path
from typing import Final

import click

FAILED: Final = 1
WRONG: Final = 2


class Number(click.IntRange):
    """A whole number within bounds; click calls what is none no "integer range"."""

    name = "whole number"


config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    help="The config file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
