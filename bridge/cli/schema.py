"""`schema`: the config's JSON Schema."""

import click

from bridge.cli.output import print_json
from bridge.config.loading import schema
from bridge.registry import Kinds


@click.command("schema", epilog="Example: coze-bridge schema > config.schema.json")
def print_schema() -> None:
    """Print the config's JSON Schema, for editors."""
    print_json(schema(Kinds()))
