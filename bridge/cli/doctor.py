"""`doctor`: every far side asked how it is."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from bridge.cli.options import FAILED, config_option, json_option
from bridge.cli.output import print_json
from bridge.cli.work import load_settings, run_on_loop
from bridge.doctor.checkup import PartFinding
from bridge.parts import registry
from bridge.process import logs
from bridge.sdk.checks import Level

_COLOURS: Final = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command(epilog="Example: coze-bridge doctor --ask")
@config_option
@click.option(
    "--ask", is_flag=True, help="Ask each bot a real question, show how long it takes, and try what we assume."
)
@json_option
def doctor(path: Path, *, ask: bool, as_json: bool) -> None:
    """
    Ask every far side how it is, and say what to do about it; exit 1 if anything fails.

    Nothing is changed anywhere, also beside the running daemon. Each Coze is asked about ten times.
    """
    from bridge.doctor.parts import examine_all  # noqa: PLC0415 - half of the daemon; most commands need none of it

    logs.configure("error")
    kinds = registry.Kinds()
    lines = run_on_loop(examine_all(load_settings(path, kinds), kinds, ask=ask))
    if as_json:
        print_json([_as_data(line) for line in lines])
    else:
        click.echo("\n".join(map(_as_text, lines)))
    if any(line.finding.level is Level.FAIL for line in lines):
        sys.exit(FAILED)


def _as_data(line: PartFinding) -> dict[str, Any]:
    finding = line.finding
    return {"level": str(finding.level), "part": line.part, "finding": finding.says, "remedy": finding.remedy or None}


def _as_text(line: PartFinding) -> str:
    finding = line.finding
    level = click.style(f"{finding.level:4}", fg=_COLOURS[finding.level])
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"{level}  {line.part}: {finding.says}{remedy}"
