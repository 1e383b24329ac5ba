"""How data is printed: a table for people, JSON for programs."""

import json
from datetime import UTC, datetime
from typing import Any

import click


def print_json(data: Any) -> None:
    """Print *data* as programs read it."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_table(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    """Print the *columns* of *rows*, or all of them as JSON; that there is none is no data."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("nothing", err=True)
        return
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    widths = [max(len(name), *(len(row[at]) for row in cells)) for at, name in enumerate(columns)]
    head = "  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True))
    click.secho(head.rstrip(), bold=True)
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case float():  # seconds that something took, or has lasted
            return f"{value:.0f}s"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}"
    return str(value)
