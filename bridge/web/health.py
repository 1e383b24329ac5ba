"""Health, readiness and metrics, for whoever may reach the port."""

from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import Later
from bridge.web.daemon import Daemon


@dataclass(frozen=True, slots=True)
class Health:
    """The handlers."""

    daemon: Daemon

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the loop turns."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when the database is migrated and every adapter receives, else 503 with the ``reasons``; minor faults are in ``notes``."""
        reasons = self.daemon.unready()
        body = {"ready": not reasons, "reasons": reasons, "notes": self.daemon.notes()}
        return web.json_response(body, status=503 if reasons else 200)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus reads this; while the database is away, the inbox as it was."""
        await refresh_metrics(self.daemon)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def refresh_metrics(daemon: Daemon) -> None:
    """Set those that are looked up when somebody reads them; while the database is away, those of the inbox stay."""
    current = daemon.current
    kinds = {name: section.kind for name, section in current.settings.adapters.items()}
    daemon_telemetry.record_config(is_current=current.refused is None, adapters=kinds, circuits=daemon.circuits())
    with suppress(Later):
        counts = await daemon.inbox_admin.counts()
        oldest = await daemon.inbox_admin.oldest_waiting()
        daemon_telemetry.record_inbox(waiting=counts["waiting"], dead=counts["dead"], oldest=oldest)
