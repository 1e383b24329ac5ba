"""
The house as a test: who may import whom, what stays pure, how long a function may be.

The table mirrors ``docs/architecture.md``. A new room states its floor here, in the commit that builds it; a row that has
to be loosened for a change is a reason to look at the change.
"""

import ast
import builtins
import itertools
import re
import statistics
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[1]
PACKAGES = ("bridge", "adapters", "simulators", "migrations")

NOTHING: frozenset[str] = frozenset()
SDK = frozenset({"sdk"})
MAY_TAKE: dict[str, frozenset[str]] = {
    "sdk": NOTHING,
    "process": SDK,
    "config": SDK,
    "routing": SDK | {"config"},
    "store": SDK,
    "attachments": SDK,
    "reply": SDK,
    "coze": SDK,
    "engine": SDK | {"config", "routing", "store", "reply", "attachments"},
    "testing": SDK,
    "web": SDK | {"config", "store"},
    "parts": SDK | {"config", "store", "coze"},
    "app": SDK | {"config", "engine", "parts", "process", "routing", "store", "web"},
    "demo": frozenset({"app", "config", "parts", "simulators"}),
    "doctor": SDK | {"config", "coze", "parts", "routing", "store"},
    "cli": SDK | {"app", "config", "coze", "demo", "doctor", "engine", "parts", "process", "routing", "store"},
    "__main__": frozenset({"cli"}),
    "adapters.console": SDK,
    "adapters.telegram": SDK,
    "adapters.slack": SDK,
    "simulators": NOTHING,
    "migrations": frozenset({"store"}),
}
"""Each room, and the rooms it may take from besides itself."""

PURE = (
    "bridge/sdk/model.py",
    "bridge/sdk/answers.py",
    "bridge/sdk/asking.py",
    "bridge/sdk/media.py",
    "bridge/sdk/personal_data.py",
    "bridge/sdk/pacing.py",
    "bridge/sdk/forms.py",
    "bridge/sdk/splitting.py",
    "bridge/sdk/break_points.py",
    "bridge/sdk/fences.py",
    "bridge/sdk/i18n.py",
    "bridge/attachments/links.py",
    "bridge/routing/**/*.py",
    "bridge/reply/cutting.py",
    "bridge/reply/draft.py",
    "bridge/reply/first_words.py",
    "bridge/coze/sse.py",
    "bridge/coze/events.py",
    "adapters/*/normalise.py",
    "adapters/*/render.py",
    "adapters/slack/attachments.py",
    "adapters/slack/commands.py",
    "adapters/slack/home.py",
    "adapters/slack/hosts.py",
    "adapters/slack/interactions.py",
    "adapters/slack/known.py",
    "adapters/slack/messages.py",
    "adapters/slack/modal.py",
    "adapters/slack/references.py",
    "adapters/slack/rich_text.py",
    "adapters/slack/words.py",
    "adapters/telegram/addresses.py",
    "adapters/telegram/attachments.py",
    "adapters/telegram/batches.py",
    "adapters/telegram/block_rules.py",
    "adapters/telegram/definitions.py",
    "adapters/telegram/descriptions.py",
    "adapters/telegram/files.py",
    "adapters/telegram/inline_rules.py",
    "adapters/telegram/lost_sends.py",
    "adapters/telegram/emphasis.py",
    "bridge/sdk/formulas.py",
    "adapters/telegram/markdown.py",
    "adapters/telegram/page.py",
    "adapters/telegram/parser.py",
    "adapters/telegram/references.py",
    "adapters/telegram/service.py",
    "adapters/telegram/spans.py",
    "adapters/telegram/tables.py",
    "adapters/telegram/tags.py",
    "adapters/telegram/words.py",
    "bridge/sdk/characters.py",
    "bridge/sdk/growing.py",
    "bridge/sdk/chunks.py",
    "bridge/sdk/wording.py",
)
IMPURE = frozenset({"asyncio", "httpx", "sqlalchemy", "time", "random", "os", "importlib"})
EXCUSED = {("bridge/sdk/i18n.py", "importlib")}  # the catalogues are files of the package, read once

ARROWS_ONCE = 103
"""So many led from one of the core's rooms to another before they were drawn as they are now, in e89a4ce of 24 November 2026."""
LONGEST = 40
MEDIAN_BELOW = 10
BROAD_AT_MOST = 1

LONGEST_FILE = 350
LONGEST_TESTS = 750
LISTED_AT_MOST = 3
BUILTIN_ERRORS = {
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)
}

THEIRS = re.compile(r"Telegram|Slack|Coze|\bclients?\b|\bphones?\b|transcribed")
SOURCE = re.compile(r"https://|not documented", re.IGNORECASE)
"""Where a number of a platform's comes from."""

FAR_SIDES = ("adapters/slack", "adapters/telegram", "bridge/coze")
"""The rooms that know a far side; what it allows stands in the `limits` of each."""
LIMIT_NAME = re.compile(r"(\b|_)(LIMIT|LONGEST|LARGEST|MOST|HIGHEST)(\b|_)")

PLATFORMS = ("telegram", "slack")
MAY_NAME_PLATFORMS = {
    "bridge/__init__.py": "says in one sentence what the product is",
    "bridge/cli/root.py": "its help is for people who have a Telegram or a Slack",
    "bridge/cli/init/answers.py": "its options are for people who have a Telegram or a Slack",
    "bridge/cli/init/command.py": "as above",
    "bridge/cli/init/dialogue.py": "as above, its questions",
    "bridge/cli/init/files.py": "as above, the config that it writes",
    "bridge/cli/init/options.py": "as above, what is wrong with them by their looks",
    "bridge/cli/init/trial.py": "as above, which answer goes to which adapter",
    "bridge/cli/slack.py": "the command that prints Slack's manifest",
    "bridge/demo.py": "the daemon among its simulators",
    "bridge/config/manual.yaml": "as the settings, in Chinese and by examples",
    "bridge/config/route_settings.py": "the descriptions in the schema are read by admins, in their platform's words",
    "bridge/sdk/model.py": "explains a neutral noun by what people know it as",
    "bridge/sdk/splitting.py": "names the source of a way to count",
    "bridge/engine/worker.py": "names the source of a constant",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A file of the house, parsed."""

    path: str
    name: str
    nodes: tuple[ast.AST, ...]

    @property
    def room(self) -> str:
        return room_of(self.name)

    def at(self, node: ast.AST, rule: str) -> str:
        """A complaint about that place."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {rule}"

    def all(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in self.nodes if isinstance(node, kinds))


@cache
def modules() -> dict[str, Module]:
    """The house by dotted name."""
    found = {}
    for path in sorted(itertools.chain.from_iterable((TOP / package).rglob("*.py") for package in PACKAGES)):
        short = path.relative_to(TOP)
        name = ".".join(short.with_suffix("").parts).removesuffix(".__init__")
        nodes = tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        found[name] = Module(path=short.as_posix(), name=name, nodes=nodes)
    return found


def room_of(name: str) -> str:
    """The room a module stands in; "" for the face of the core or of all adapters, which hold nothing."""
    package, *inner = name.split(".")
    match package:
        case "bridge":
            return inner[0] if inner else ""
        case "adapters":
            return f"adapters.{inner[0]}" if inner else ""
        case _:
            return package


def taken(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """What *module* imports, by full dotted name, wherever in the file it does so."""
    for node in module.all(ast.Import, ast.ImportFrom):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(module=str(source), names=names, level=0):
                whole = (f"{source}.{alias.name}" for alias in names)
                yield from (
                    (node, name if source in {"bridge", "adapters"} or name in modules() else source) for name in whole
                )
            case _:
                yield node, "a relative import"


def ours(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """What *module* imports of the house."""
    return ((node, name) for node, name in taken(module) if name.partition(".")[0] in PACKAGES)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle in that graph, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def complain(found: Iterable[str]) -> None:
    """Fail with every complaint in full, one a line."""
    lines = list(found)
    if lines:
        pytest.fail("\n".join(["the house is out of shape", *lines]), pytrace=False)


def each(check: Callable[[Module], Iterator[str]]) -> None:
    complain(itertools.chain.from_iterable(check(module) for module in modules().values()))


def test_every_room_has_a_row():
    rooms = {module.room for module in modules().values()} - {""}

    complain(
        f"{room}: a room without a row in MAY_TAKE; say what it may take from" for room in sorted(rooms - set(MAY_TAKE))
    )


def test_a_room_takes_only_from_the_rooms_below_it():
    def check(module: Module) -> Iterator[str]:
        may = MAY_TAKE.get(module.room, NOTHING) | {module.room, ""}
        for node, name in ours(module):
            if room_of(name) not in may:
                yield module.at(node, f"{module.room} may not take {name}; it may take {', '.join(sorted(may - {''}))}")

    each(check)


def arrows() -> set[tuple[str, str]]:
    """Each room at the top of ``bridge/``, with each other one that it takes from."""
    core = {module.room for module in modules().values() if module.name.startswith("bridge.")}
    pairs = {(module.room, room_of(name)) for module in modules().values() for _, name in ours(module)}
    return {(room, other) for room, other in pairs if room != other and {room, other} <= core - {""}}


def test_no_room_may_take_what_it_does_not():
    used = {*arrows(), *((module.room, room_of(name)) for module in modules().values() for _, name in ours(module))}

    complain(
        f"{room} takes nothing from {other}; strike it from its row in MAY_TAKE"
        for room, others in MAY_TAKE.items()
        for other in sorted(others)
        if (room, other) not in used
    )


def test_the_picture_stays_plain():
    """An arrow more asks for an arrow less: what could be handed over as a value, or stand in another room?"""
    assert 2 * len(arrows()) < ARROWS_ONCE
    english, chinese = ((TOP / f"docs/{name}.md").read_text() for name in ("architecture", "zh/architecture"))
    assert f"{len(arrows())} are left of the {ARROWS_ONCE} arrows" in english
    assert f"{ARROWS_ONCE} 条依赖箭头，现在还剩 {len(arrows())} 条" in chinese


def test_the_papers_have_the_same_rooms():
    """A row of the table in ``docs/architecture.md`` is a row of `MAY_TAKE`; all adapters are one there."""
    paper = (TOP / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `([\w/*]+)` \| .* \| (.*) \|$", paper.partition("## The rooms")[2].partition("\n## ")[0], re.MULTILINE
    )
    told = {name.removeprefix("bridge/").strip("/*"): set(re.findall(r"`(\w+)`", others)) for name, others in rows}
    kept = {room.partition(".")[0]: set(others) for room, others in MAY_TAKE.items() if room != "__main__"}

    assert kept == told


def test_imports_are_written_in_full():
    each(lambda module: (module.at(node, f"{name}; write it in full") for node, name in taken(module) if " " in name))


def test_no_module_stands_in_a_circle():
    graph = {module.name: {name for _, name in ours(module)} - {module.name} for module in modules().values()}

    found = circle(graph)

    assert not found, "modules in a circle: " + " ← ".join(found)


def test_no_room_stands_in_a_circle():
    graph: dict[str, set[str]] = {}
    for module in modules().values():
        graph.setdefault(module.room, set()).update({room_of(name) for _, name in ours(module)} - {module.room})

    found = circle(graph)

    assert not found, "rooms in a circle: " + " ← ".join(found)


def test_no_import_is_for_the_type_checker_alone():
    """A type that would need one stands on the wrong floor."""

    def check(module: Module) -> Iterator[str]:
        for node in module.all(ast.Name, ast.Attribute, ast.alias):
            if "TYPE_CHECKING" in {getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", "")}:
                yield module.at(node, "TYPE_CHECKING is forbidden; move the type to a lower floor")

    each(check)


@pytest.mark.parametrize("pattern", PURE)
def test_the_pure_rooms_only_compute(pattern: str):
    """Time and randomness are handed in as values; bytes are fetched by others."""
    paths = {path.relative_to(TOP).as_posix() for path in TOP.glob(pattern)}
    pure = [module for module in modules().values() if module.path in paths]

    assert pure, f"no file fits {pattern}: a pure room has moved, and this list must follow"
    complain(itertools.chain.from_iterable(map(impurities, pure)))


def impurities(module: Module) -> Iterator[str]:
    for node, name in taken(module):
        if (root := name.partition(".")[0]) in IMPURE and (module.path, root) not in EXCUSED:
            yield module.at(node, f"a pure room may not import {name}")
    for node in module.all(ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await):
        yield module.at(node, "a pure room awaits nothing")


def functions() -> Iterator[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of the house, with its module."""
    for module in modules().values():
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node


def lengths() -> Iterator[tuple[int, str]]:
    for module, node in functions():
        lines = (node.end_lineno or 0) - node.lineno + 1
        yield lines, module.at(node, f"{node.name} has {lines} lines, at most {LONGEST} are allowed")


def test_no_function_is_longer_than_a_screen():
    complain(complaint for lines, complaint in lengths() if lines > LONGEST)


def test_the_usual_function_is_short():
    assert statistics.median(lines for lines, _ in lengths()) < MEDIAN_BELOW


def is_broad(node: ast.AST) -> bool:
    """Whether that handler, or that ``suppress``, catches whatever comes."""
    match node:
        case ast.ExceptHandler(type=None):
            return True
        case (
            ast.ExceptHandler(type=ast.Tuple(elts=kinds))
            | ast.Call(func=ast.Name("suppress") | ast.Attribute(attr="suppress"), args=kinds)
        ):
            return any(map(is_everything, kinds))
        case ast.ExceptHandler(type=ast.expr() as kind):
            return is_everything(kind)
        case _:
            return False


def is_everything(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}


def test_only_one_place_catches_whatever_comes():
    found = [
        module.at(node, f"a broad except; {BROAD_AT_MOST} is allowed in the whole house")
        for module in modules().values()
        for node in module.all(ast.ExceptHandler, ast.Call)
        if is_broad(node)
    ]

    complain(found if len(found) > BROAD_AT_MOST else ())


def listed(module: Module) -> Iterator[ast.AST]:
    """Every list of builtin exceptions so long that it means "anything"."""
    for node in module.nodes:
        kinds = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else ()
        if sum(isinstance(kind, ast.Name) and kind.id in BUILTIN_ERRORS for kind in kinds) > LISTED_AT_MOST:
            yield node


def test_no_list_of_builtin_errors_means_anything():
    complain(
        module.at(node, f"at most {LISTED_AT_MOST} builtin errors in a list; say what goes wrong by an error of ours")
        for module in modules().values()
        for node in listed(module)
    )


def test_no_file_is_longer_than_a_sitting():
    sizes = {module.path: len((TOP / module.path).read_text().splitlines()) for module in modules().values()}

    complain(
        f"{path}: {lines} lines, at most {LONGEST_FILE} are allowed"
        for path, lines in sizes.items()
        if lines > LONGEST_FILE
    )


def test_no_file_of_tests_is_about_several_things():
    sizes = {path: path.read_text().count("\n") for path in (TOP / "tests").rglob("*.py")}
    complain(
        f"{path.relative_to(TOP)}: {lines} lines, at most {LONGEST_TESTS} are allowed: split it by behaviour"
        for path, lines in sizes.items()
        if lines > LONGEST_TESTS
    )


def in_twin_words(name: str) -> str:
    """*name* as the twin room would have it, too: ``TelegramSink`` and ``SlackSink`` are one."""
    return re.sub("telegram|slack", "X", name, flags=re.IGNORECASE)


def defined(module: Module) -> Iterator[tuple[str, list[str]]]:
    """The functions and classes of *module* itself, then those of each class, in their order and in twin words."""
    tree = module.nodes[0]
    for scope in [tree, *module.all(ast.ClassDef)]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        names = [in_twin_words(node.name) for node in getattr(scope, "body", ()) if isinstance(node, kinds)]
        yield in_twin_words(getattr(scope, "name", "")), names


def test_twin_rooms_tell_what_they_share_in_the_same_order():
    """`diff -r adapters/telegram adapters/slack` reads as the differences between the platforms."""
    rooms = [{in_twin_words(m.name): m for m in modules().values() if m.room == f"adapters.{p}"} for p in PLATFORMS]
    for name in rooms[0].keys() & rooms[1].keys():
        one, other = (dict(defined(room[name])) for room in rooms)
        for scope in one.keys() & other.keys():
            shared = set(one[scope]) & set(other[scope])

            assert [n for n in one[scope] if n in shared] == [n for n in other[scope] if n in shared], (name, scope)


PASSED_ON = (
    "bridge/attachments/inbound.py",
    "bridge/config/changes.py",
    "bridge/config/complaint.py",
    "bridge/reply/draft.py",
    "bridge/routing/comparison.py",
    "bridge/routing/effective_rules.py",
    "bridge/routing/explanation.py",
    "bridge/routing/limits.py",
    "bridge/routing/rules.py",
    "bridge/sdk/answers.py",
    "bridge/sdk/asking.py",
    "bridge/sdk/charges.py",
    "bridge/sdk/checks.py",
    "bridge/sdk/choices.py",
    "bridge/sdk/forms.py",
    "bridge/sdk/homes.py",
    "bridge/sdk/live.py",
    "bridge/sdk/model.py",
    "bridge/sdk/pacing.py",
    "bridge/sdk/ports.py",
    "bridge/sdk/presses.py",
    "bridge/sdk/rates.py",
    "bridge/sdk/self_service.py",
    "bridge/sdk/sending.py",
    "bridge/sdk/splitting.py",
    "bridge/sdk/unreadable.py",
    "bridge/store/admin.py",
    "bridge/store/admission.py",
    "bridge/store/claim.py",
    "bridge/store/links.py",
    "bridge/store/migration.py",
    "bridge/store/pairings.py",
    "bridge/store/people.py",
    "bridge/store/sessions.py",
    "bridge/store/stops.py",
    "bridge/store/survey.py",
)
"""Where the values stand that go from room to room."""


def undocumented(path: str) -> Iterator[str]:
    """Each field of a value there that nothing is said of, by a ``#:`` on its lines or a text below it."""
    lines = (TOP / path).read_text(encoding="utf-8").splitlines()
    for kind in (node for node in ast.parse("\n".join(lines)).body if isinstance(node, ast.ClassDef)):
        for node, following in itertools.zip_longest(kind.body, kind.body[1:]):
            match node:
                case ast.AnnAssign(target=ast.Name(id=name)) if "_" not in (kind.name[0], name[0]):
                    said = "#: " in "\n".join(lines[node.lineno - 1 : node.end_lineno])
                    if not said and not isinstance(following, ast.Expr) and "ClassVar" not in ast.unparse(node):
                        yield f"{path}:{node.lineno}: {kind.name}.{name}: say its unit, its bounds or where it comes from"


@pytest.mark.parametrize("path", PASSED_ON)
def test_each_field_that_rooms_pass_on_says_what_it_is(path: str):
    complain(undocumented(path))


def numbers(path: Path) -> Iterator[tuple[int, str, str]]:
    """Every number that a module names, as `named`."""
    return named(path, is_number)


def named(
    path: Path, wanted: Callable[[ast.expr | None], bool] = lambda _value: True
) -> Iterator[tuple[int, str, str]]:
    """Every constant *wanted* that a module names: its line, its name, and the source with all that is said about it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    body = ast.parse("\n".join(lines)).body
    for node, following in itertools.zip_longest(body, body[1:]):
        match node:
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ):
                if name.isupper() and wanted(value):
                    end = following if isinstance(following, ast.Expr) else node
                    yield node.lineno, name, "\n".join(lines[node.lineno - 1 : end.end_lineno])


def is_number(value: ast.expr | None) -> bool:
    match value:
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp(left=left, right=right):
            return is_number(left) and is_number(right)
    return False


def unsourced(path: Path) -> Iterator[str]:
    """Each constant of a module that says neither which page it is from nor that there is none."""
    for line, name, said in named(path):
        if not SOURCE.search(said):
            yield f"{path}:{line}: {name}: link the page that sets it, or say that it is not documented"


@pytest.mark.parametrize("room", FAR_SIDES)
def test_each_limit_of_a_platform_says_where_it_comes_from(room: str):
    """A limit that a platform never set is obeyed for ever, and one that it moved is not found."""
    assert list(named(TOP / room / "limits.py"))
    complain(unsourced(TOP / room / "limits.py"))


@pytest.mark.parametrize("room", FAR_SIDES)
def test_a_limit_of_a_platform_stands_among_its_others(room: str):
    """By its name and its link it is one; our own bounds have no link."""
    complain(
        f"{path.relative_to(TOP)}:{line}: {name} is a limit of theirs: put it into {room}/limits.py"
        for path in sorted((TOP / room).rglob("*.py"))
        for line, name, said in numbers(path)
        if path.name != "limits.py" and LIMIT_NAME.search(name) and "https://" in said
    )


@pytest.mark.parametrize("room", ["adapters", "bridge/coze", "bridge/sdk"])
def test_a_number_that_speaks_of_a_platform_says_where_it_comes_from(room: str):
    """The second net: rhythms, ids and types of theirs, known by what is said beside them."""
    complain(
        f"{path.relative_to(TOP)}:{line}: {name} is the platform's: link its page, or say that it is not documented"
        for path in sorted((TOP / room).rglob("*.py"))
        for line, name, said in numbers(path)
        if THEIRS.search(said) and not SOURCE.search(said)
    )


def core_files() -> Iterator[tuple[str, list[str]]]:
    """Every text file of the core, with its lines in lower case."""
    for path in sorted((TOP / "bridge").rglob("*")):
        if path.suffix in {".py", ".po", ".html", ".css", ".js", ".yaml"}:
            yield path.relative_to(TOP).as_posix(), path.read_text(encoding="utf-8").lower().splitlines()


def test_the_core_names_no_platform():
    """Not in a comment, a constant or a log word either: the next platform must not be a guest in the house of two others."""
    complain(
        f"{path}:{number}: the core names {platform}; say it in the words of model.py, or excuse the file with a reason"
        for path, lines in core_files()
        if path not in MAY_NAME_PLATFORMS
        for number, line in enumerate(lines, 1)
        for platform in PLATFORMS
        if platform in line
    )


def test_no_excuse_outlives_its_reason():
    guilty = {path for path, lines in core_files() if any(platform in line for line in lines for platform in PLATFORMS)}

    complain(
        f"{path}: names no platform any more; strike it from MAY_NAME_PLATFORMS"
        for path in MAY_NAME_PLATFORMS
        if path not in guilty
    )


def pins(name: str) -> dict[str, str]:
    """Each pinned distribution's version in that file of requirements."""
    lines = (TOP / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = (Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1] not in {"", " ", "#"})
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in found}


def test_the_tests_run_on_what_people_run():
    run, dev = pins("run"), pins("dev")

    assert {name: version for name, version in run.items() if name in dev} == {
        name: dev[name] for name in run if name in dev
    }
    assert {"setuptools"} >= run.keys() - dev.keys()


def test_the_oldest_python_is_enough_for_each_pin():
    """The first patch release, which a system's own Python may be; `make requirements` asks the same of what builds the site."""
    oldest = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    asked = {name: metadata(name).get("Requires-Python") or "" for name in pins("dev")}

    assert {} == {
        name: wanted for name, wanted in asked.items() if oldest.removeprefix(">=") + ".0" not in SpecifierSet(wanted)
    }


def test_each_dependency_is_pinned_within_its_bounds():
    """A dependency added to pyproject.toml without `make requirements` would be missed on the next fresh machine only."""
    asked = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = pins("dev")

    complain(
        f"pyproject.toml asks for {wanted}, requirements/dev.txt pins {pinned.get(canonicalize_name(wanted.name))}: make requirements"
        for wanted in map(Requirement, [*asked["dependencies"], *asked["optional-dependencies"]["dev"]])
        if not wanted.specifier.contains(pinned.get(canonicalize_name(wanted.name), "0"), prereleases=True)
    )
