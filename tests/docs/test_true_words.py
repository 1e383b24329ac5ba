"""No word of ours names a command, a key of the config or a page that does not exist: not in a paper, a help text, a sentence or a log."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import polib
import pytest
from pydantic import BaseModel

from bridge.config.manual import _sections
from bridge.config.settings import AdapterSettings, ConfigFile
from bridge.parts.registry import Kinds
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import CommandName
from tests.docs.calls import wrong

TOP = Path(__file__).parents[2]
PAPERS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
PLAIN = [TOP / "config.example.yaml", TOP / "bridge/config/manual.yaml"]
PLAIN += [path for path in sorted((TOP / "deploy").rglob("*")) if path.is_file()]
PAGES = sorted((TOP / "bridge/web/console/templates").glob("*.html"))
CATALOGUES = sorted((TOP / "bridge").rglob("*.po"))
MODULES = sorted([*(TOP / "bridge").rglob("*.py"), *(TOP / "adapters").rglob("*.py")])

NAME_IN_PROSE = {"begins", "is", "as", "has", "needs", "says", "does", "installed"}
"""What may follow the name of the project where it is not called."""

OTHERS = {
    "/coze": "what Slack calls us by; the manifest registers it",
    "/newbot": "of BotFather's, https://core.telegram.org/bots/features#botfather",
    "/setprivacy": "as above",
    "/report": "what people of an example write",
}
"""Words with a slash that are not ours to answer."""

FOLDERS = {"/etc", "/opt", "/var", "/run", "/tmp", "/dev"}


@cache
def strings(module: Path) -> tuple[str, ...]:
    """What a module says: its texts and docstrings, with X where something is put in."""
    return tuple(_strings(ast.parse(module.read_text(encoding="utf-8"))))


def _strings(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.JoinedStr(values=values):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "X" for one in values)
        case ast.Constant(value=str(text)):
            yield text
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _strings(child)


def said(path: Path) -> Iterator[str]:
    """Each text in that file."""
    match path.suffix:
        case ".py":
            yield from strings(path)
        case ".po":
            for entry in polib.pofile(str(path)):
                yield from [entry.msgstr, *entry.msgstr_plural.values()]
        case _:
            yield path.read_text(encoding="utf-8")


def marked(path: Path) -> Iterator[str]:
    """What stands between backticks in that file."""
    for text in said(path):
        yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


FILES = [*PAPERS, *PLAIN, *PAGES, *CATALOGUES, *MODULES]


def complain(found: Callable[[Path], Iterator[str]], files: list[Path]) -> None:
    """Fail with each complaint about one of *files*, a line each."""
    lines = [f"{path.relative_to(TOP)}: {complaint}" for path in files for complaint in found(path)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def test_every_call_of_the_command_would_be_understood():
    def found(path: Path) -> Iterator[str]:
        for text in said(path):
            for call in re.findall(r"(?<![/\w-])coze-bridge ([a-z][^\n`|;:,.)#'\"<]*)", text):
                if call.split()[0] not in NAME_IN_PROSE and (mistake := wrong(call)):
                    yield mistake

    complain(found, FILES)


def test_who_has_just_run_init_can_type_each_call_that_a_paper_shows():
    """Its adapters are called as their platforms are."""

    def found(path: Path) -> Iterator[str]:
        for name in re.findall(r"(?:--adapter |\"adapter\": \")([a-z]\w*)", path.read_text(encoding="utf-8")):
            if name not in {"telegram", "slack"}:
                yield f"{name} is no adapter that `coze-bridge init` writes"

    complain(found, PAPERS)


@cache
def pages() -> frozenset[str]:
    """The first steps of the paths that the web server knows."""
    texts = (text for module in (TOP / "bridge" / "web").rglob("*.py") for text in strings(module))
    return frozenset(match[0] for text in texts if (match := re.match(r"/[a-z]+", text)))


def test_every_word_with_a_slash_is_a_command_or_a_page():
    known = {f"/{command}" for command in CommandName} | OTHERS.keys() | FOLDERS | pages()

    def found(path: Path) -> Iterator[str]:
        texts = said(path) if path.suffix == ".po" else marked(path)
        for text in texts:
            for word in re.findall(r"(?:^|(?<=[\s(]))/[a-z_]+(?!\w)", text):
                if word not in known:
                    yield f"{word} in {text!r}"

    complain(found, FILES)


def section(model: type[BaseModel], keys: list[str]) -> bool:
    """Whether *keys* lead somewhere below that section."""
    if not keys or keys[0] == "X":
        return True
    field = {info.alias or name: info for name, info in model.model_fields.items()}.get(keys[0])
    return field is not None and _below(field.annotation, keys[1:])


def _below(kind: Any, keys: list[str]) -> bool:
    """Whether *keys* lead somewhere in a value of that type."""
    if not keys:
        return True
    if kind is AdapterSettings:
        return keys[0] == "kind" or any(section(options, keys) for options in Kinds().values())
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return section(kind, keys)
    inner = get_args(kind)
    if get_origin(kind) in (Mapping, tuple) and inner:
        return _below(inner[-1] if get_origin(kind) is Mapping else inner[0], keys[1:])
    return any(_below(one, keys) for one in inner)


FILE_ENDINGS = (".yaml", ".py", ".json", ".md")
LOGGER = "adapters.slack.library"
EVENTS = {text for path in (TOP / "bridge/sdk").glob("*telemetry.py") for text in strings(path)}
ROOT = "|".join(ConfigFile.model_fields)
KEY = re.compile(rf"(?<![\w./`\"-])(?:{ROOT})\.[a-zA-Z_][\w.\[\]*]*(?<![.\]])(?![\w(/=-])")


def test_every_key_of_the_config_that_is_named_is_one():
    def found(path: Path) -> Iterator[str]:
        texts = marked(path) if path.suffix == ".md" else said(path)
        for text in texts:
            for key in KEY.findall(text):
                if key in EVENTS | {LOGGER} or key.endswith(FILE_ENDINGS):
                    continue
                if not section(ConfigFile, re.split(r"[.\[]", key.replace("]", ""))):
                    yield key

    complain(found, FILES)


READ_OTHERWISE = {
    "include": "joined before there are models, by bridge/config/including.py",
    "encryption_key": "read as the `keys` of its section",
}


def read_by(rooms: list[Path]) -> set[str]:
    """Every attribute that a module of those rooms reads."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in rooms)
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def sections() -> dict[type[BaseModel], list[Path]]:
    """Every section of the config, with the modules that could do what it says."""
    core = [path for path in (TOP / "bridge").rglob("*.py") if path.parent.name != "config"]
    found: dict[type[BaseModel], list[Path]] = dict.fromkeys(_sections(ConfigFile), core)
    for kind, options in Kinds().items():
        single, room = TOP / "adapters" / f"{kind}.py", TOP / "adapters" / kind
        found[options] = [single] if single.exists() else [*room.rglob("*.py")]
    return found


@pytest.mark.parametrize(("model", "rooms"), sections().items(), ids=lambda value: getattr(value, "__name__", ""))
def test_whatever_the_config_takes_is_done(model: type[BaseModel], rooms: list[Path]):
    """A key that is read and does nothing is a promise that nobody keeps; until it does something it must be refused."""
    idle = model.model_fields.keys() - read_by(rooms) - READ_OTHERWISE.keys()

    assert set() == idle


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_the_console_leads_to_a_page(page: Path):
    links = re.findall(r"(?:href|action|src)=\"(/[^\"{?#]*)", page.read_text(encoding="utf-8"))

    assert {f"/{link.split('/')[1]}" for link in links} <= pages()


def test_every_sentence_for_people_is_said_somewhere():
    """What nobody says is translated and kept for nothing, and may have come to be untrue."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)

    assert [] == [word.name for word in MessageId if not re.search(rf"MessageId\.{word.name}\b", code)]


def test_every_text_of_the_console_stands_on_a_page():
    pages_and_code = [*PAGES, *(TOP / "bridge/web").rglob("*.py"), *(TOP / "bridge/routing").glob("*.py")]
    pages_and_code.append(TOP / "bridge/store/claim.py")  # how far a message is
    shown = "\n".join(path.read_text(encoding="utf-8") for path in pages_and_code).replace('\\"', '"')
    words = polib.pofile(str(TOP / "bridge/web/console/locale/zh.po"))

    assert [] == [word.msgid for word in words if word.msgid not in shown]
