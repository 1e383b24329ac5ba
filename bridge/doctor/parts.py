"""Which parts a set-up has, in the order of the config."""

import asyncio
from collections.abc import Iterator

from bridge.config.settings import Settings
from bridge.doctor import database, far_sides, http, questions
from bridge.doctor.checkup import PartFinding, SetupPart, examine
from bridge.parts import registry
from bridge.sdk.checks import Finding, fail
from bridge.sdk.errors import Unreachable
from bridge.store.survey import Survey, survey


async def examine_all(settings: Settings, kinds: registry.Kinds, *, ask: bool) -> list[PartFinding]:
    """Everything there is to be said about that set-up; with *ask*, what each bot answers, too."""
    found = await asyncio.to_thread(_survey, settings)
    running = found.running if isinstance(found, Survey) else await http.answers(settings.http)
    lines = await examine(_parts(settings, kinds, found, running=running, thorough=ask))
    if ask:
        asked = (SetupPart(name=f"bots.{name}", findings=questions.ask(settings, name)) for name in settings.bots)
        lines += await examine(asked, within=questions.ANSWER_SECONDS + 5)
    return lines


def _survey(settings: Settings) -> Survey | Finding:
    try:
        return survey(settings.database.get_secret_value())
    except Unreachable as failure:
        return fail(" ".join(failure.detail.split()), "check that it runs, its address, and the password")


def _parts(
    settings: Settings, kinds: registry.Kinds, found: Survey | Finding, *, running: bool, thorough: bool
) -> Iterator[SetupPart]:
    here = running and not (isinstance(found, Survey) and found.file is None)  # replicas may be elsewhere
    places = found.places if isinstance(found, Survey) else ()
    yield SetupPart(name="database", findings=database.checks(found))
    yield SetupPart(name="http", findings=http.port(settings.http, running=running, here=here))
    if settings.http.public_url:
        yield SetupPart(name="http.public_url", findings=http.public(settings.http, running=running))
    for name in settings.coze:
        yield SetupPart(name=f"coze.{name}", findings=far_sides.coze(settings, name))
        if thorough:
            yield SetupPart(name=f"coze.{name}", findings=far_sides.coze_assumptions(settings, name))
    for name in settings.adapters:
        about = far_sides.circumstances(settings, name, running=running, places=places, thorough=thorough)
        yield SetupPart(name=f"adapters.{name}", findings=far_sides.adapter(kinds, settings, name, about))
    for name in settings.bots:
        yield SetupPart(name=f"bots.{name}", findings=far_sides.bot(settings, name))
