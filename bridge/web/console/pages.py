"""Gathers what each page of the console shows: the values of its template."""

import time
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from prometheus_client import REGISTRY, Counter

from bridge.config.access_settings import AccessRule
from bridge.sdk import live, metrics
from bridge.store.tables import TurnStatus
from bridge.web.console import plots
from bridge.web.console.names import ids_in, shown_names
from bridge.web.daemon import Daemon
from bridge.web.health import refresh_metrics
from bridge.web.history import Minute, quantile

LISTED: Final = 100
"""Rows of a table at most."""

SPANS: Final = (("hour", 60, 1), ("day", 144, 10))
"""Each plot's span, its points, and the minutes of a point."""


async def overview(daemon: Daemon, _request: web.Request) -> dict[str, Any]:
    """How everything is now."""
    return {
        "status": await daemon.status(),
        "turns": sorted(live.TURNS.values(), key=lambda turn: turn.began),
        "now": time.monotonic(),
        "plots": [plot for span in SPANS for plot in _plots(daemon, *span)],
        "replicas": await daemon.inbox_admin.replicas(),
        "settings": daemon.current.settings,
        "circuits": daemon.circuits(),
        "limits": _limits_hit(),
    }


async def messages(daemon: Daemon, _request: web.Request) -> dict[str, Any]:
    """What was given up, what waits, what runs."""
    kinds = (TurnStatus.DEAD, TurnStatus.WAITING, TurnStatus.RUNNING)
    return {
        "counts": await daemon.inbox_admin.counts(),
        "entries": {kind.name.lower(): await daemon.inbox_admin.entries(status=kind, limit=LISTED) for kind in kinds},
        "listed": LISTED,
    }


async def people(daemon: Daemon, request: web.Request) -> dict[str, Any]:
    """Who has been heard."""
    wanted = _wanted(request)
    found = await daemon.people.recent(containing=wanted, limit=LISTED)
    await daemon.paused.refresh()
    linked = {name: daemon.accounts(name) for name in (f"{one.adapter}:{one.person}" for one in found)}
    names = await shown_names(daemon.adapters, ((one.adapter, one.person) for one in found))
    shown = {"people": found, "names": names, "linked": linked, "paused": daemon.paused.people}
    return {"wanted": wanted, "listed": LISTED, **shown}


async def conversations(daemon: Daemon, request: web.Request) -> dict[str, Any]:
    """Who shares which memory with which bot."""
    wanted = _wanted(request)
    found = await daemon.sessions.recent(containing=wanted, limit=LISTED)
    await daemon.paused.refresh()
    ids = {one.place: ids_in(one.place) for one in found}
    names = await shown_names(daemon.adapters, {each for several in ids.values() for each in several})
    called = {place: [names[each] for each in several if each in names] for place, several in ids.items()}
    shown = {"sessions": found, "called": called, "paused": daemon.paused.conversations}
    return {"wanted": wanted, "listed": LISTED, **shown}


async def routes(daemon: Daemon, request: web.Request) -> dict[str, Any]:
    """Who answers whom, how often, and who would answer this."""
    settings, asked = daemon.current.settings, dict(request.query)
    hits = {sample.labels["route"]: sample.value for sample in _counted(metrics.ROUTED)}
    return {
        "settings": settings,
        "hits": hits,
        "asked": asked,
        **await _explained(daemon, asked),
    }


async def access(daemon: Daemon, _request: web.Request) -> dict[str, Any]:
    """Who may talk, and who waits to be let in."""
    waiting = await daemon.pairing.waiting() if daemon.pairing else None
    admitted = list(await daemon.pairing.admitted())[:LISTED] if daemon.pairing else []
    rules = daemon.current.settings.access
    return {
        "rules": {"private": _told(rules.private), "groups": _told(rules.groups)},
        "waiting": waiting,
        "admitted": admitted,
    }


async def numbers(daemon: Daemon, _request: web.Request) -> dict[str, Any]:
    """Every metric of ours, as Prometheus would read it: limits hit among them."""
    await refresh_metrics(daemon)
    families = [family for family in REGISTRY.collect() if family.name.startswith("bridge_")]
    return {"families": [(family, [s for s in family.samples if _is_shown(s.name)]) for family in families]}


def _wanted(request: web.Request) -> str:
    """What is searched for."""
    return request.query.get("q", "").strip()[:200].replace("\0", "")


def _limits_hit() -> dict[str, dict[str, float]]:
    """How often each limit was met since the start, by whom it is of: an adapter, or another far side."""
    found: dict[str, dict[str, float]] = {}
    for kind, metric in (("over", metrics.OVER_LIMIT), ("refused", metrics.TURNED_AWAY), ("told", metrics.LIMITED)):
        for sample in _counted(metric):
            found.setdefault(next(iter(sample.labels.values())), {})[kind] = sample.value
    return dict(sorted(found.items()))


def _told(rule: AccessRule) -> str:
    """A rule of access as the config has it, on one line."""
    people = f"{{people: [{', '.join(rule.people)}]}}"
    return {"people": people, "not": f"{{not: {people}}}"}.get(rule.mode, rule.mode)


async def _explained(daemon: Daemon, asked: Mapping[str, str]) -> dict[str, Any]:
    if "adapter" not in asked:
        return {"explanation": None, "wrong": ""}
    try:
        return {"explanation": await daemon.explain(asked), "wrong": ""}
    except ValueError as wrong:
        return {"explanation": None, "wrong": str(wrong)}


def _is_shown(name: str) -> bool:
    return not name.endswith(("_created", "_bucket"))


def _counted(metric: Counter) -> list[Any]:
    """Its samples that count something."""
    samples = [sample for family in metric.collect() for sample in family.samples]
    return [sample for sample in samples if sample.name.endswith("_total") and sample.value]


def _plots(daemon: Daemon, span: str, points: int, each: int) -> list[dict[str, Any]]:
    minutes = daemon.history.last(points, each)
    return [_throughput(minutes, span, points, each), _latency(minutes, span, points)]


def _throughput(minutes: list[Minute], span: str, points: int, each: int) -> dict[str, Any]:
    answered = [minute.answered / each for minute in minutes]
    failed = [minute.failed / each for minute in minutes]
    highest = plots.ceiling(max([*answered, *failed, 1.0]))
    lines = [
        plots.line("answered", "good", answered, points=points, highest=highest),
        plots.line("given up", "bad", failed, points=points, highest=highest),
    ]
    total, lost = sum(minute.answered for minute in minutes), sum(minute.failed for minute in minutes)
    return {"kind": "throughput", "span": span, "highest": highest, "lines": lines, "total": total, "lost": lost}


def _latency(minutes: list[Minute], span: str, points: int) -> dict[str, Any]:
    shares: Mapping[str, float] = {"median": 0.5, "slowest of twenty": 0.95}
    rows = {name: [quantile(minute.buckets, share) for minute in minutes] for name, share in shares.items()}
    highest = plots.ceiling(max([value for row in rows.values() for value in row if value] or [1.0]))
    lines = [
        plots.line(name, style, rows[name], points=points, highest=highest)
        for name, style in zip(rows, ("good", "warn"), strict=True)
    ]
    together = [sum(column) for column in zip(*(minute.buckets for minute in minutes), strict=True)]
    whole = {name: quantile(together, share) for name, share in shares.items()}
    return {"kind": "latency", "span": span, "highest": highest, "lines": lines, "whole": whole}
