"""The file's own tests: a message each, and the route that should answer it."""

from bridge.config.complaint import Complaint
from bridge.config.settings import EVERYBODY_ELSE, Settings, TestSettings
from bridge.routing.access import Groups, groups_of, refusal
from bridge.routing.router import Decision, Router
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place


def run_tests(settings: Settings) -> list[Complaint]:
    """A complaint for each of the file's own tests that fails."""
    router, groups = Router(settings), groups_of(settings)
    complaints = []
    for index, test in enumerate(settings.tests):
        inbound = _from_test(test, groups)
        closed = refusal(inbound, settings.access, groups)
        decision = router.route(inbound)
        got, why = _outcome(decision, closed)
        if test.expect not in got:
            message = f"expected `{test.expect}`, got `{got[-1]}` ({why})"
            complaints.append(settings.marks.complaint(("tests", index, "expect"), message))
    return complaints


def message_of(settings: Settings, test: TestSettings) -> Inbound:
    """The message that a *test* describes."""
    return _from_test(test, groups_of(settings))


def _outcome(decision: Decision, closed: str | None) -> tuple[tuple[str, ...], str]:
    """The names a test may give to what happens, and why it does."""
    why = "; ".join(f"{verdict.route}: {verdict.why}" for verdict in decision.reasons)
    if closed:
        return (EVERYBODY_ELSE,), closed
    if decision.route is None:
        return (EVERYBODY_ELSE,), why
    if decision.route.discard:
        return (EVERYBODY_ELSE, decision.route.name), why
    return (decision.route.name,), why


def _from_test(test: TestSettings, groups: Groups) -> Inbound:
    members = (one for one in sorted(groups.get(test.person, ())) if one.startswith(f"{test.adapter}:"))
    person = next(members, test.person).removeprefix(f"{test.adapter}:")
    chat = test.chat or (person if test.chat_type is ChatType.PRIVATE else "a chat")
    return Inbound(
        dedupe_keys=("test",),
        where=Place(adapter=test.adapter, chat=chat, thread=test.thread),
        chat_type=test.chat_type,
        author=Person(id=person),
        text=test.say,
        address=Address.TO_US,
    )
