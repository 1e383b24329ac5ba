"""`demo`: the daemon among its simulators."""

import asyncio
import signal
from collections.abc import Awaitable
from contextlib import suppress

import click

from bridge.cli.options import Number
from bridge.cli.work import run_on_loop
from bridge.process import logs


@click.command(epilog="Example: coze-bridge demo --once hello")
@click.option("--port", type=Number(0, 65535), default=8765, show_default=True, help="The page's port.")
@click.option("--once", "text", metavar="TEXT", help="Say TEXT on both platforms, print what people see, and end.")
def demo(port: int, text: str | None) -> None:
    """Chat with a simulated Coze on simulated platforms; no account needed."""
    from bridge import demo as stage  # noqa: PLC0415 - the simulators are no part of the daemon

    logs.configure("warning")
    if text is not None:
        run_on_loop(_until_told(stage.once(text, click.echo)))
        return
    with suppress(click.Abort):  # which is how a demo ends
        run_on_loop(_until_told(stage.show(port, _announce)))


async def _until_told(work: Awaitable[None]) -> None:
    """Wait for *work*, and end it in good order on SIGTERM as on Ctrl-C; either is `click.Abort`."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        raise click.Abort from None


def _announce(url: str) -> None:
    click.secho("coze-bridge is running among its simulators. Open this page and chat:", bold=True)
    click.secho(f"\n    {url}\n", fg="cyan", bold=True)
    click.echo("Ctrl-C ends it.")
