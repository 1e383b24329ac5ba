"""PostgreSQL's LISTEN: writes of other replicas wake our worker, so that latency does not depend on polling."""

import asyncio
from collections.abc import Mapping

import psycopg

from bridge.sdk import daemon_telemetry
from bridge.store.database import parse_url
from bridge.store.wakeup import Wakeup

RECONNECT_SECONDS = 2.0
"""Seconds before listening again after the connection was lost; the worker polls meanwhile."""


async def listen_for_notifications(database: str, wakeup: Wakeup, changed: Mapping[str, asyncio.Event]) -> None:
    """
    Set *wakeup* for every notification, and the event in *changed* that has its name, until cancelled, through every outage.

    After an outage all of them are set, as any notification may have been missed.
    """
    url = parse_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
                await connection.execute("LISTEN bridge")
                wakeup.set(stop=True)
                for event in changed.values():
                    event.set()
                async for notification in connection.notifies():
                    wakeup.set(stop=notification.payload == "stop")
                    if event_named := changed.get(notification.payload):
                        event_named.set()
        except (psycopg.Error, OSError) as failure:
            daemon_telemetry.notifications_lost(because=type(failure).__name__, seconds=RECONNECT_SECONDS)
        await asyncio.sleep(RECONNECT_SECONDS)
