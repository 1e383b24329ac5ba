"""
The command `coze-bridge`: its groups, and how it ends.

Data goes to standard output, everything else to standard error. It ends with 0 when all is well, 1 when something failed,
2 when the call or the config is wrong.
"""

import sys

import click

from bridge.cli.access import access
from bridge.cli.check import check
from bridge.cli.demo import demo
from bridge.cli.doctor import doctor
from bridge.cli.explain import explain
from bridge.cli.inbox import inbox
from bridge.cli.init import init
from bridge.cli.keygen import keygen
from bridge.cli.migrate import migrate
from bridge.cli.options import FAILED, WRONG
from bridge.cli.people import people
from bridge.cli.run import run
from bridge.cli.schema import print_schema
from bridge.cli.sessions import sessions
from bridge.cli.slack import slack
from bridge.cli.store import stores
from bridge.sdk.errors import BridgeError, ConfigError


def main() -> None:
    """Run the command; whatever was expected to go wrong ends in one clear line."""
    try:
        cli(standalone_mode=False, prog_name="coze-bridge")
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


@click.group(
    epilog="Start here: coze-bridge demo, then coze-bridge init",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="coze-bridge")
def cli() -> None:
    """Put a Coze bot inside Telegram and Slack."""


for _command in (
    access,
    check,
    demo,
    doctor,
    explain,
    inbox,
    init,
    keygen,
    migrate,
    people,
    print_schema,
    run,
    sessions,
    slack,
    stores,
):
    cli.add_command(_command)
