"""One word, one meaning, in the core and the adapters: classes, and what public functions and methods are called."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.test_house import Module, complain, modules

OWNED = {
    "accept": ({"Intake", "Inbox", "RecordingAccept"}, "keep a message, so that its platform may be told"),
    "claim": ({"Inbox"}, "take the next turns to answer"),
    "renew": ({"Inbox"}, "hold a turn on"),
    "settle": ({"Inbox", "TurnLedger"}, "let a turn go that is answered"),
    "postpone": ({"Inbox"}, "let it go, to be claimed again later"),
    "dead_letter": ({"Inbox"}, "let it go for good, for an operator to see"),
    "release": ({"Inbox", "Leases"}, "give up what is leased"),
    "prune": ({"Retention"}, "delete what is kept no longer"),
    "ask": (
        {"Bot", "CozeBot", "WorkflowBot", "TurnChat", "Inquiry", "bridge.doctor.questions"},
        "have a bot answer a question",
    ),
    "resume": ({"Bot", "CozeBot", "WorkflowBot", "TurnChat"}, "go on with a chat that was begun"),
    "cancel": ({"Bot", "CozeBot", "CozeChats", "WorkflowBot", "TurnChat"}, "stop a chat at the bot's side"),
    "rate": ({"Bot", "CozeBot", "WorkflowBot"}, "tell the bot's side of a thumb"),
    "feed": (
        {"ChatParser", "RunParser", "EventDecoder", "ThinkingFilter", "Growing"},
        "hand on the next piece of a stream",
    ),
    "take": ({"SecretStore", "AdapterSecrets"}, "get a value that nobody gets again"),
    "decide": ({"Rules"}, "say everything that the rules say of a message"),
    "adopt": ({"Current"}, "let new settings hold"),
    "try_send": ({"Sender", "TelegramSender"}, "make a call that may be left"),
    "try_preview": ({"Budgets", "Pacer", "Pace"}, "pay for a call that may be left, if there is room for it now"),
    "reserve_final": ({"Budgets", "Pacer", "Pace"}, "pay for a call that must be made, and say when it may be"),
    "attach": ({"ReplySink", "SlackSink", "TelegramSink", "PlainSink"}, "post a file below an answer"),
    "preview": ({"ReplySink", "ConsoleSink", "SlackSink", "TelegramSink", "PlainSink"}, "show a part that grows"),
    "finish": (
        {"ReplySink", "ConsoleSink", "SlackSink", "TelegramSink", "PlainSink", "Delivery"},
        "make a text stand for good",
    ),
    "find": (
        {"ReplySink", "SlackSink", "TelegramSink", "PlainSink", "TelegramPoster"},
        "look for a message that we may have sent",
    ),
    "attach_album": ({"PostsAlbums", "TelegramSink"}, "post several files below an answer as one"),
    "fits_album": ({"PostsAlbums", "TelegramSink"}, "say whether a file can stand among several"),
    "withdraw": ({"ReplySink", "SlackSink", "TelegramSink", "PlainSink"}, "take a message of an answer away"),
    "notify": (
        {"ReplySink", "SlackSink", "TelegramSink", "PlainSink", "Delivery", "Notifier"},
        "say a sentence of the bridge's own",
    ),
    "forget": ({"SelfService", "PersonalAffairs", "_QualifyingService"}, "erase all that is kept about a person"),
    "begin_afresh": ({"Sessions", "bridge.store.stops"}, "let the next question begin a conversation"),
    "delete_conversation": ({"Bot", "CozeBot", "WorkflowBot"}, "delete it at the bot's side"),
    "request_stop": ({"Inbox", "bridge.store.stops"}, "have a turn that runs end"),
    "check_lease": ({"Ledger", "TurnLedger", "RunningTurn"}, "raise LeaseLost unless the turn is surely ours"),
    "record_after": ({"Ledger", "TurnLedger"}, "write down after which message a part would stand"),
}
"""Verbs of the house: who has them, and what they mean there; anybody else's is another verb."""

SHARED = {
    "accept_recording": "have a bot listen",
    "add": "put into a set",
    "approve": "let in who has a code",
    "append": "make it longer",
    "begin_install": "send a browser to the platform's page",
    "build": "make a thing ready to be used",
    "check": "say whether it is right",
    "close": "let go of what is open; a parser: that no more comes",
    "commit_intent": "return once it is written that something may be sent",
    "complete": "fill in what is missing",
    "delete": "keep it, or let it stand, no longer",
    "discard": "take out of a set",
    "doubt_about": "say why there can be no such thing",
    "drain": "finish what was begun, and begin nothing",
    "explain": "say why",
    "fetch": "get the bytes of a file",
    "find_chat": "look for a question of unknown fate at the bot's side",
    "finish_install": "take in what the platform gave a browser",
    "follow": "keep up with what other replicas change, until cancelled",
    "for_owner": "the same, as somebody's own",
    "format_command": "write a command as one types it there",
    "from_options": "make an adapter of its section",
    "get": "read one value",
    "handle": "do all that one thing asks for",
    "handle_webhook": "answer a platform that calls",
    "hide": "put something harmless in the place of what must not be told",
    "load": "read all that is kept",
    "locate": "make a place of ids",
    "merge": "make one of two",
    "migrate": "bring the database to this schema",
    "names_of": "what ids of a platform are called, for who looks at them",
    "note": "add to a span",
    "open_bots": "open all that are named",
    "open_conversation": "make a new one at the bot's side",
    "pause": "answer somebody no more for a while",
    "plan": "have the next write say that something may be sent",
    "push": "say what nobody has asked for",
    "put": "let it be there",
    "put_aside": "keep what nobody can read",
    "read": "get what is there, in values of ours",
    "read_again": "read what an earlier version could not",
    "receive": "take in what a platform brings",
    "record": "write down",
    "record_answer": "write down that the bot has answered",
    "record_asked": "write down that the bot was asked",
    "record_asking": "write down that the bot is about to be asked",
    "record_not_asked": "write down that the bot may be asked again",
    "record_sent": "write down what stands",
    "refresh": "get what is newer",
    "reload": "read the config again",
    "render": "make of values what somebody reads",
    "reply": "lend a place for an answer",
    "respond": "answer the one who asked, and nobody else",
    "retry": "try again what was given up or stopped",
    "revoke": "shut the door again",
    "run": "work until told to stop",
    "search": "give what contains a text",
    "send": "let it go out",
    "sentence": "what a person reads of a failure",
    "set_install_url": "say where its pages lie",
    "set_replica_count": "say how many share a budget",
    "set_secret_store": "say where secrets are kept",
    "set_self_service": "say whom to ask for a person's affairs",
    "set_webhook_url": "say where it is called",
    "show": "let somebody see it",
    "start": "begin",
    "stop": "end what runs",
    "translate": "say it in somebody's language",
    "translated": "the same in another language",
    "unpause": "answer somebody again",
    "update": "change what is there",
    "upload": "hand over a file",
    "watch": "act as soon as something is no longer as it was",
    "write": "put down for good",
}
"""Verbs that several rooms have, each in one sense."""

NOUNS = frozenset(
    [
        "access",
        "adapter",
        "admitted",
        "all",
        "alone",
        "answered_by",
        "at_work",
        "beside",
        "blocked",
        "bot",
        "candidates",
        "checks",
        "choice",
        "choosing",
        "conversations",
        "coze",
        "duration",
        "ids",
        "joined",
        "last",
        "left",
        "limited",
        "line",
        "manifest",
        "may_talk",
        "message",
        "messages",
        "missing",
        "named",
        "number",
        "overview",
        "part",
        "parts",
        "people",
        "question",
        "recent",
        "refusal",
        "said",
        "schema",
        "scope",
        "shared",
        "shown",
        "span",
        "status",
        "waiting",
        "words",
    ]
)
"""What is called by what it gives, in several rooms."""


EVERYWHERE = {"Json"}
"""What is the same wherever it stands: the JSON of a far side."""


def public() -> Iterator[Module]:
    """The modules of the core and of the adapters."""
    return (module for module in modules().values() if module.name.partition(".")[0] in {"bridge", "adapters"})


def verbs() -> Iterator[tuple[str, str, str]]:
    """Every public function and method: its name, the class or module that has it, and the room; all adapters are one."""
    for module in public():
        for scope in [module.nodes[0], *module.all(ast.ClassDef)]:
            for node in getattr(scope, "body", ()):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(node):
                    yield node.name, getattr(scope, "name", module.name), module.room.partition(".")[0]


def is_public(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether others call it."""
    return not node.name.startswith("_") and not any("property" in ast.unparse(each) for each in node.decorator_list)


def types(module: Module) -> Iterator[str]:
    """The classes of *module*, and the other types that it gives a name to."""
    yield from (node.name for node in module.all(ast.ClassDef) if isinstance(node, ast.ClassDef))
    for node in getattr(module.nodes[0], "body", ()):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if (
                re.fullmatch(r"[A-Z]+[a-z]\w*", name) and name not in EVERYWHERE
            ):
                yield name


def test_no_type_has_the_name_of_another():
    places: dict[str, list[str]] = defaultdict(list)
    for module in public():
        for name in types(module):
            places[name].append(module.path)

    complain(f"{name} stands in {' and '.join(paths)}" for name, paths in places.items() if len(paths) > 1)


def test_no_verb_of_the_house_has_a_second_sense():
    found: dict[str, set[str]] = defaultdict(set)
    for verb, owner, _room in verbs():
        found[verb].add(owner)

    complain(
        f"{verb} means: {sense}; {', '.join(sorted(others))} may not have it" if others else f"{verb}: nobody has it"
        for verb, (whose, sense) in OWNED.items()
        if (others := found[verb] - whose) or not found[verb]
    )


def test_a_name_in_several_rooms_means_the_same_in_each():
    """Whoever takes a name that another room has says here what both mean, or finds another one."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for verb, owner, room in verbs():
        if not owner.startswith("_"):
            rooms[verb].add(room)
    shared = {verb for verb, where in rooms.items() if len(where) > 1} - OWNED.keys()

    assert set() == shared - SHARED.keys() - NOUNS, "say in one sentence what it means in each of its rooms"
    assert set() == (SHARED.keys() | NOUNS) - shared, "this name stands in one room only, and needs no word here"
    assert set() == SHARED.keys() & NOUNS
