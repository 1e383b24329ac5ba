"""`schema`: the config's JSON Schema."""

import click

from bridge.cli.output import print_json
from bridge.config import loading
from bridge.parts.registry import Kinds


@click.command(epilog="Example: coze-bridge schema > config.schema.json")
def schema() -> None:
    """Print the config's JSON Schema, for editors."""
    print_json(loading.schema(Kinds()))
