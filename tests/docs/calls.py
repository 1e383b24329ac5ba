"""Whether a call of the command, as a text has it, would be understood."""

import click

from bridge.cli import cli


def wrong(line: str) -> str | None:
    """What is wrong with a call, if anything is."""
    command: click.Command = cli
    words = line.split()
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            called = command.get_command(click.Context(command), word)
            if called is None:
                return f"{line}: there is no {word}"
            command = called
    options = {name for option in command.params for name in option.opts} | {"--help", "-h", "--version"}
    return next(
        (f"{line}: there is no {word}" for word in words if word.startswith("--") and word not in options), None
    )
