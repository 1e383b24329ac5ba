"""The tests in a config file: each describes a message and names the route that should answer it."""

from bridge.config.complaint import Complaint
from bridge.config.settings import EVERYBODY_ELSE, Settings, TestSettings
from bridge.routing.access import Groups, groups_of
from bridge.routing.rules import Decision, Rules
from bridge.sdk.choices import Choices
from bridge.sdk.model import Address, Attachment, ChatType, Inbound, Person, Place


def run_tests(settings: Settings) -> list[Complaint]:
    """A complaint for each of the file's own tests that fails."""
    rules, groups = Rules(settings), groups_of(settings)
    complaints = []
    for index, test in enumerate(settings.tests):
        inbound = _from_test(test, groups)
        decision = rules.decide(inbound)
        got = _outcome(decision)
        if test.expect not in got:
            why = decision.refusal or "; ".join(f"{one.route}: {one.why}" for one in rules.explain(inbound))
            message = f"expected `{test.expect}`, got `{got[-1]}` ({why})"
            complaints.append(settings.marks.complaint(("tests", index, "expect"), message))
    return complaints


def message_of(settings: Settings, test: TestSettings) -> Inbound:
    """The message that a *test* describes."""
    return _from_test(test, groups_of(settings))


def _outcome(decision: Decision) -> tuple[str, ...]:
    """The names a test may give to what happens."""
    if decision.refusal or decision.route is None:
        return (EVERYBODY_ELSE,)
    if decision.route.discard:
        return (EVERYBODY_ELSE, decision.route.name)
    return (decision.route.name,)


def _from_test(test: TestSettings, groups: Groups) -> Inbound:
    members = (one for one in sorted(groups.get(test.person, ())) if one.startswith(f"{test.adapter}:"))
    person = next(members, test.person).removeprefix(f"{test.adapter}:")
    chat = test.chat or (person if test.chat_type is ChatType.PRIVATE else "a chat")
    return Inbound(
        dedupe_keys=("test",),
        where=Place(adapter=test.adapter, workspace=test.workspace, chat=chat, thread=test.thread),
        chat_type=test.chat_type,
        author=Person(id=person, language=test.language),
        text=test.say,
        address=Address.TO_US,
        choices=Choices(start=test.start or ""),
        attachments=tuple(Attachment(kind=kind, handle="test") for kind in test.has),
    )
