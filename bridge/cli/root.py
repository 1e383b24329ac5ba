"""
The command `coze-bridge`: its groups, and how it ends.

Data goes to standard output, everything else to standard error. It ends with 0 when all is well, 1 when something failed,
2 when the call or the config is wrong.
"""

import os
import sys
from importlib import import_module
from typing import Final

import click

from bridge.cli.options import FAILED, WRONG
from bridge.process.memory import gc_postponed
from bridge.process.streams import open_closed_streams
from bridge.sdk.errors import BridgeError, ConfigError


def main() -> None:
    """
    Run the command; whatever was expected to go wrong ends in one clear line.

    With ``NO_COLOR`` in the environment nothing is coloured (https://no-color.org).
    """
    open_closed_streams()
    try:
        with gc_postponed():
            cli(standalone_mode=False, prog_name="coze-bridge", color=False if os.environ.get("NO_COLOR") else None)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as failure:
        failure.show()
        sys.exit(WRONG)
    except ConfigError as failure:
        click.echo(failure.detail, err=True)
        sys.exit(WRONG)
    except (BridgeError, TimeoutError) as failure:
        click.secho(f"coze-bridge: {failure}", err=True, fg="red")
        sys.exit(FAILED)


COMMANDS: Final = (
    "access",
    "check",
    "demo",
    "doctor",
    "explain",
    "inbox",
    "init",
    "keygen",
    "migrate",
    "people",
    "run",
    "schema",
    "sessions",
    "slack",
    "store",
)
"""Each a module of this package, in which it has its own name."""


class CommandsOnDemand(click.Group):
    """
    A group whose commands are imported when they are called.

    A daemon that imports `init` and `doctor` starts later, and holds what it never uses for as long as it runs.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names of all."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"bridge.cli.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=CommandsOnDemand,
    epilog="Start here: coze-bridge demo, then coze-bridge init",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="coze-bridge")
def cli() -> None:
    """Put a Coze bot inside Telegram and Slack."""
