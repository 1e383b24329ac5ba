"""PostgreSQL's LISTEN: what other replicas write rings our bell, so that idle latency does not depend on polling."""

import asyncio

import psycopg

from bridge.sdk import telemetry
from bridge.store.database import parse_url
from bridge.store.wakeup import Bell

AGAIN = 2.0
"""Seconds before listening again after the connection was lost; the worker polls meanwhile."""


async def listen(database: str, bell: Bell) -> None:
    """Ring *bell* for every notification, until cancelled, through every outage."""
    url = parse_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
                await connection.execute("LISTEN bridge")
                bell.ring(stop=True)  # whatever was missed
                async for notification in connection.notifies():
                    bell.ring(stop=notification.payload == "stop")
        except (psycopg.Error, OSError) as failure:
            telemetry.unheard(because=type(failure).__name__, seconds=AGAIN)
        await asyncio.sleep(AGAIN)
