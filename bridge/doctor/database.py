"""Checks the database: reachable, of this schema, with room to grow, and readable for its owner alone."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridge.sdk.checks import Finding, Findings, fail, ok, warn
from bridge.store.database import SCHEMA
from bridge.store.survey import Survey

ROOM_WARNS: Final = 1 << 30
ROOM_FAILS: Final = 100 << 20
"""Bytes that should be free, and that must be: a day of a busy bridge fits into the second."""


async def checks(survey: Survey | Finding, *, free: int | None = None) -> Findings:
    """Everything about the database of that *survey*, or why there is none; *free* bytes, where they were measured."""
    if isinstance(survey, Finding):
        yield survey
        return
    yield _schema(survey)
    if survey.file is not None:
        for finding in _file(survey.file, free):
            yield finding


def _schema(survey: Survey) -> Finding:
    if not survey.exists:
        return ok(f"{survey.file} will be made when the daemon starts")
    if survey.revision is None:
        return ok("reachable, and empty: its schema will be made when the daemon starts")
    if survey.revision == SCHEMA:
        where = f" at {survey.file}" if survey.file else ""
        return ok(f"reachable{where}, schema {SCHEMA}" + (", a daemon is at work on it" if survey.running else ""))
    if survey.revision > SCHEMA:
        return fail(
            f"its schema {survey.revision} is newer than this version knows ({SCHEMA})",
            "upgrade coze-bridge, or restore a backup of before",
        )
    return warn(
        f"its schema {survey.revision} is older than {SCHEMA}",
        "make a backup; the daemon, or `coze-bridge migrate`, migrates it",
    )


def _file(file: Path, free: int | None) -> Iterator[Finding]:
    folder = next(part for part in file.resolve().parents if part.exists())
    room = shutil.disk_usage(folder).free if free is None else free
    if room < ROOM_WARNS:
        tell = fail if room < ROOM_FAILS else warn
        yield tell(f"{room >> 20} MiB are free where {file} is", "make room: without it no message can be kept")
    else:
        yield ok(f"{room >> 30} GiB are free")
    yield from shared((file, Path(f"{file}-wal")), "what people wrote")


def shared(files: tuple[Path, ...], content: str) -> Iterator[Finding]:
    """Each of the *files* that others on this machine can read."""
    for file in files:
        if not file.exists():
            continue
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield warn(f"others can read {file} (mode {mode:04o}), with {content}", f"chmod 600 {file}")
