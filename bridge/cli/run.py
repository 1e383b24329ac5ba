"""`run`: the daemon."""

import asyncio
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import click

from bridge.cli.environment import environment
from bridge.cli.options import config_option
from bridge.cli.work import complaints, load_settings, run_on_loop
from bridge.config.reload import Current
from bridge.parts.registry import Kinds
from bridge.process import logs
from bridge.process.memory import freeze_gc
from bridge.sdk import daemon_telemetry, tracing

COLLECTORS: Final = frozenset({"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"})
"""https://opentelemetry.io/docs/specs/otel/protocol/exporter/"""


@click.command(epilog="Example: coze-bridge run --config /etc/coze-bridge/config.yaml")
@config_option
def run(path: Path) -> None:
    """Answer people until told to stop. SIGHUP reads the config again."""
    from bridge.app.bridge import Bridge  # noqa: PLC0415 - half of the daemon; no other command needs it

    os.umask(0o077)  # whatever the daemon makes is its owner's alone
    kinds = Kinds()
    current = Current(path, lambda: load_settings(path, kinds), complaints, partial(environment, path.parent))
    logs.configure(current.settings.log.level, current.settings.log.format)

    _collect_traces()

    async def live() -> None:
        bridge = Bridge(current, kinds)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, _stop, bridge.stop, name)
        loop.add_signal_handler(signal.SIGHUP, bridge.reload)
        await bridge.run()

    freeze_gc()
    run_on_loop(live())


def _collect_traces() -> None:
    """Hand traces to the collector that OpenTelemetry's own variables name, if they do."""
    if not COLLECTORS & os.environ.keys():
        return
    try:
        from bridge.process import traces  # noqa: PLC0415 - an extra: who asks for no traces pays nothing
    except ImportError:
        daemon_telemetry.traces_missing()
    else:
        tracing.collect(traces.OtelTracer(traces.exporting()))


_asked: list[int] = []


def _stop(stop: Callable[[str], None], name: signal.Signals) -> None:
    """Stop in good order; at a second signal exit at once, as everything that matters is on disk."""
    if _asked:
        os._exit(128 + name)
    _asked.append(name)
    stop(name.name)
