"""What the process keeps in its memory as long as it lives is in the table of bounds, or belongs to something that ends."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_security import BOUNDED

TOP = Path(__file__).parents[2]

COLLECTIONS = {
    *("dict", "set", "list", "deque", "OrderedDict", "defaultdict", "Counter", "ChainMap", "WeakValueDictionary"),
    *("WeakKeyDictionary", "WeakSet", "Queue", "LifoQueue", "PriorityQueue", "LRUCache", "TTLCache"),
}

KEPT = {
    "adapters/slack/arrival_order.py:ArrivalOrder._here": "what Slack brings and is not on disk yet",
    "adapters/slack/directory.py:Directory._asking": "names of people and channels",
    "adapters/slack/events.py:EventReceiver._running": "what Slack brings and is not on disk yet",
    "adapters/slack/installed.py:InstalledWorkspaces._open": "`adapter_secrets`",
    "adapters/slack/remembered.py:Remembered._known": "names of people and channels",
    "adapters/slack/shared.py:SlackSharedState._streams_off_until": "of each adapter, bot",
    "adapters/telegram/batches.py:BatchJoiner._open": "what may go on in a further message",
    "adapters/telegram/batches.py:BatchJoiner._overheard": "pieces of others' albums",
    "adapters/telegram/drafts.py:DraftTurns._turns": "drafts that can be stopped",
    "adapters/telegram/keyboards.py:ShownKeyboards._shown": "buttons below Telegram messages",
    "adapters/telegram/lost_sends.py:MessageIds._counters": "ids of messages that are known",
    "adapters/telegram/lost_sends.py:MessageIds._searches": "of each turn at work",
    "adapters/telegram/lost_sends.py:_Counter.taken": "ids of messages that are known",
    "adapters/telegram/pace.py:Pace._limited_at": "chats that were told to wait",
    "adapters/telegram/shared.py:TelegramSharedState._draftless": "chats that take no drafts",
    "adapters/telegram/shared.py:TelegramSharedState._posting": "of each turn at work",
    "adapters/telegram/silenced.py:Silenced._chats": "groups where the bot may not speak",
    "adapters/telegram/strain.py:Strain._met": "budgets that Telegram found too large",
    "bridge/coze/bot.py:CozeBot._unproven": "conversations at Coze that no question was taken in",
    "bridge/coze/oauth.py:OAuthTokens._sessions": "tokens of people at Coze",
    "bridge/engine/bot_checks.py:BotChecks._due": "of each adapter, bot",
    "bridge/engine/bot_checks.py:BotChecks._pauses": "of each adapter, bot",
    "bridge/engine/bot_checks.py:BotChecks.notes": "of each adapter, bot",
    "bridge/engine/bot_choice.py:BotChoice.circuits": "of each adapter, bot",
    "bridge/engine/linking.py:LinkedPeople._homes": "`links`",
    "bridge/engine/notifier.py:Notifier._tasks": "sentences beside answers",
    "bridge/engine/pausing.py:Paused.since": "`pauses`",
    "bridge/engine/turning_away.py:TurningAway._told_at": "strangers who were told",
    "bridge/engine/worker.py:Worker._running": "of each turn at work",
    "bridge/parts/adapters.py:Adapters._running": "of each adapter, bot",
    "bridge/parts/bots.py:OpenBots.bots": "of each adapter, bot",
    "bridge/parts/bots.py:OpenBots.connections": "of each adapter, bot",
    "bridge/sdk/background.py:Background._tasks": "tasks that nobody waits for",
    "bridge/sdk/live.py:TURNS": "of each turn at work",
    "bridge/sdk/outages.py:Outages._times": "troubles of a platform",
    "bridge/sdk/outages.py:Outages._told_at": "troubles of a platform",
    "bridge/sdk/pacing.py:Pacer._buckets": "budgets of chats",
    "bridge/sdk/redaction.py:_known": "secrets of the config",
    "bridge/store/dedupe.py:DedupeKeys._inserts": "one question in pieces",
    "bridge/store/former_chats.py:FormerChats._known": "`former_chats`",
    "bridge/web/auth.py:Guesses._wrong": "addresses that guessed",
    "bridge/web/connections.py:Connections._reading": "HTTP connections",
    "bridge/web/connections.py:Connections._waiting": "HTTP connections",
    "bridge/web/connections.py:Connections._working": "HTTP connections",
    "bridge/web/history.py:History._minutes": "the console's curves",
    "bridge/web/refusals.py:Refusals._logged_at": "refusals of each route",
    "bridge/web/refusals.py:Refusals._unlogged": "refusals of each route",
}
"""Each with words of the row, in the table of docs/operations.md, that has its bound and the test of it."""

ENDS = {
    "adapters/slack/message_state.py": "an answer",
    "adapters/slack/posting.py": "an answer",
    "adapters/slack/tags.py": "a text that is rendered",
    "adapters/telegram/page.py": "a text that is rendered",
    "adapters/telegram/rich.py": "a text that is rendered",
    "bridge/attachments/outbound.py": "an answer",
    "bridge/cli/run.py": "a process: its two signals",
    "bridge/config/complaint.py": "a reading of the config",
    "bridge/config/positions.py": "a reading of the config",
    "bridge/coze/events.py": "a stream",
    "bridge/coze/speech.py": "a stream",
    "bridge/coze/interrupts.py": "a stream",
    "bridge/coze/runs.py": "a stream",
    "bridge/coze/sse.py": "a stream",
    "bridge/coze/steps.py": "a stream",
    "bridge/coze/thinking.py": "a stream",
    "bridge/engine/ledger.py": "a turn",
    "bridge/reply/delivery.py": "an answer",
    "bridge/reply/draft.py": "an answer",
    "bridge/routing/index.py": "a config in force",
    "bridge/sdk/asking.py": "a question",
    "bridge/sdk/cleaning.py": "a constant",
    "bridge/sdk/crashpoints.py": "a process: its failpoints, which tests alone use",
    "bridge/sdk/formulas.py": "a constant",
    "bridge/sdk/metrics.py": "a process: one number for each label, of which the config and our words are the values",
    "bridge/sdk/model.py": "a message",
    "bridge/store/claim.py": "a turn",
    "bridge/store/write_queue.py": "the writes on their way, each of which its caller awaits",
    "bridge/testing/harness.py": "a test",
}
"""With what else the collections of a file end, or why they do not grow."""


def is_collection(value: ast.expr | None) -> bool:
    """Whether *value* makes an empty collection, or a field that begins as one."""
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Name("field"), keywords=given):
            return any(key.arg == "default_factory" and named(key.value) in COLLECTIONS for key in given)
        case ast.Call(func=func):
            return named(func) in COLLECTIONS
    return False


def named(node: ast.expr) -> str:
    """The last name of what is called, without what stands in brackets behind it."""
    return ast.unparse(node).partition("[")[0].rpartition(".")[2]


def collections_of(tree: ast.Module) -> Iterator[str]:
    """Every attribute and every module's name that begins as an empty collection."""
    for top in tree.body:
        if isinstance(top, ast.ClassDef):
            yield from attributes_of(top)
        else:
            yield from (target.id for target in begun(top) if isinstance(target, ast.Name))


def attributes_of(kind: ast.ClassDef) -> Iterator[str]:
    """Those of a class: its fields, and what its methods give to ``self``."""
    fields = [target for node in kind.body for target in begun(node)]
    yield from (f"{kind.name}.{target.id}" for target in fields if isinstance(target, ast.Name))
    for target in (target for node in ast.walk(kind) for target in begun(node)):
        if isinstance(target, ast.Attribute):
            yield f"{kind.name}.{target.attr}"


def begun(node: ast.AST) -> list[ast.expr]:
    """What that statement makes an empty collection of."""
    match node:
        case ast.AnnAssign(target=target, value=value) | ast.Assign(targets=[target], value=value):
            return [target] if is_collection(value) else []
    return []


def found() -> list[str]:
    """All of the house."""
    paths = sorted(path for room in ("bridge", "adapters") for path in (TOP / room).rglob("*.py"))
    return [f"{path.relative_to(TOP)}:{name}" for path in paths for name in collections_of(ast.parse(path.read_text()))]


FOUND = sorted({one for one in found() if one.partition(":")[0] not in ENDS})


@pytest.mark.parametrize("collection", FOUND)
def test_what_grows_with_the_life_of_the_process_has_a_bound(collection: str) -> None:
    """A new one needs its row, with its bound and its test; or `ENDS` says with what it ends."""
    assert [what for what, _ in BOUNDED if KEPT.get(collection, collection) in what]


def test_nothing_is_listed_that_is_there_no_more() -> None:
    assert set() == KEPT.keys() - set(FOUND)
    assert set() == ENDS.keys() - {one.partition(":")[0] for one in found()}


def test_a_new_one_would_be_found() -> None:
    tree = ast.parse(
        "SEEN: dict[str, int] = {}\nclass Known:\n  def __init__(self):\n    self._all: set[str] = set()\n"
    )

    assert ["SEEN", "Known._all"] == list(collections_of(tree))


@pytest.mark.parametrize("path", sorted(TOP.glob("bridge/**/*.py")) + sorted(TOP.glob("adapters/**/*.py")), ids=str)
def test_a_function_that_takes_values_remembers_so_many(path: Path) -> None:
    """``@cache`` has no bound: it is for what has few values."""
    functions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))
    unbounded = {node.name for node in functions if "cache" in map(named, node.decorator_list)}

    assert unbounded <= {"_manual", "authorities", "languages", "_catalogue"}
