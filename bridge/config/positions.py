"""
YAML read as plain values, with the position of each.

Rule: every scalar is kept as the text that was written. YAML would make a number of ``chat: -100123``, a date of
``2026-01-02`` and False of ``stream: off``, while only the models know what a text means. Only an empty value is None.
"""

import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bridge.config.complaint import Complaint, KeyPath, Marks
from bridge.config.yaml_nodes import DEEPEST, NotYaml, compose
from bridge.sdk.errors import ConfigError

MOST_BYTES = 1 << 20
MOST_TOLD = 200  #: characters of a value in a complaint about it
MOST_VALUES = 50_000  #: after aliases have been unfolded

_REFERENCE = re.compile(
    r"(?P<literal>\$\$\{)|\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|(?P<odd>\$\{)", re.ASCII
)
_PREFIX = "tag:yaml.org,2002:"
_MERGE = _PREFIX + "merge"
_TAGS = {
    _PREFIX + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map")
}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Source:
    """A config file as plain values, with the position of each and all complaints so far."""

    file: str
    folder: Path
    data: Any = None
    at: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    files: dict[KeyPath, str] = field(default_factory=dict)  #: the file's name, for values from an included one
    complaints: list[Complaint] = field(default_factory=list)
    written: dict[KeyPath, str] = field(default_factory=dict)  #: what the file has where a secret was filled in
    unusable: set[KeyPath] = field(default_factory=set)  #: keys without a usable value; nothing more is said of them
    secrets: dict[str, str] = field(default_factory=dict)  #: what the file has instead, by each secret

    @property
    def marks(self) -> Marks:
        """The positions of the values."""
        return Marks(self.file, self.at, self.files)

    def complain(self, key_path: KeyPath, message: str) -> None:
        """Write a complaint down."""
        self.complaints.append(self.marks.complaint(key_path, message))

    def mark_unusable(self, key_path: KeyPath, message: str) -> None:
        """Complain about a value that cannot be had at all, so that nothing more is said about it."""
        self.complain(key_path, message)
        self.unusable.add(key_path)

    def is_unusable(self, key_path: KeyPath) -> bool:
        """Whether a complaint about *key_path* would only repeat an earlier one."""
        return any(known[: len(key_path)] == key_path[: len(known)] for known in self.unusable)

    def refuse(self) -> None:
        """Raise every complaint at once, if there is one."""
        if self.complaints:
            raise ConfigError("\n".join(map(str, sorted(set(self.complaints)))))

    def got(self, key_path: KeyPath) -> str:
        """What the file has at *key_path*, in words that tell no secret."""
        if key_path in self.written:
            return f"`{self.written[key_path]}`"
        value = self.data
        for part in key_path:
            value = value[part]
        match value:
            case None | "":
                return "nothing"
            case str():
                return f"`{value}`" if len(value) <= MOST_TOLD else f"`{value[:MOST_TOLD]}…`"
            case list():
                return "a list"
            case _:
                return "a section"

    def hide(self, text: str) -> str:
        """The *text* with every filled-in value replaced by what the file has instead."""
        for value in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(f"`{value}`", f"`{self.secrets[value]}`")
            if len(value) > 3:  # noqa: PLR2004 - shorter ones occur in every other word
                text = text.replace(value, self.secrets[value])
        return text

    def fill_in(self, key_path: KeyPath, value: str) -> str:
        """Remember that *value* is secret."""
        if value:
            self.secrets[value] = self.written[key_path]
        return value

    def read_secret(self, key_path: KeyPath, name: str) -> str | None:
        """The text of the file *name*, a path from the config file's folder."""
        self.written[key_path] = f"{{file: {name}}}"
        try:
            folder = Path(self.files[key_path]).parent if key_path in self.files else self.folder
            return self.fill_in(key_path, _secret_text(folder / name).strip())
        except (OSError, ValueError) as failure:
            self.mark_unusable(key_path, f"the file {name} cannot be read ({_reason(failure)})")
            return None


def read(path: Path, environ: Mapping[str, str]) -> Source:
    """The file at *path*, with ``${VAR}`` filled in from *environ*; raises `ConfigError` if it cannot be read or is no YAML."""
    source = Source(file=str(path), folder=path.parent)
    text = _text(source, path)
    source.refuse()
    try:
        root = compose(text)
    except NotYaml as failure:
        complaint = Complaint(failure.line, failure.column, "", f"not YAML: {failure.message}", source.file)
        raise ConfigError(str(complaint)) from failure
    if root is not None:
        _Walk(source, environ).root(root)
    return source


def _reason(failure: OSError | ValueError) -> str:
    if isinstance(failure, OSError):
        return (failure.strerror or type(failure).__name__).lower()
    return "it is not UTF-8 text" if isinstance(failure, UnicodeError) else "not a path"


def _way_out(failure: OSError | ValueError) -> str:
    match failure:
        case FileNotFoundError():
            return "`coze-bridge init` writes a config file"
        case PermissionError():
            return "let this user read it"
        case UnicodeError():
            return "save it as UTF-8"
        case _:
            return "name another file"


def _secret_text(path: Path) -> str:
    """The text of a secret's file; OSError for a pipe or device, which would block or never end."""
    if path.exists() and not path.is_dir() and not path.is_file():
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, "Longer than 1 MiB")
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def _text(source: Source, path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            source.complain((), "longer than 1 MiB; a config file is a few pages")
            return ""
        return raw.decode("utf-8-sig")
    except (OSError, ValueError) as failure:
        source.complain((), f"cannot be read ({_reason(failure)}); {_way_out(failure)}")
    return ""


@dataclass(slots=True)
class _Walk:
    """Turns nodes into plain values, and notes their positions."""

    source: Source
    environ: Mapping[str, str]
    values: int = 0
    depth: int = 0

    def root(self, node: yaml.Node) -> None:
        self.source.at[()] = _position(node)
        if isinstance(node, yaml.MappingNode):
            self.source.data = self.mapping(node, ())
        elif not _is_null(node):
            self.source.complain((), "expected a section of keys such as `coze:` and `adapters:`")
        self.source.at[()] = (1, 1)

    def value(self, node: yaml.Node, key_path: KeyPath) -> Any:
        """The plain value of *node*, whose position is marked already."""
        self.values += 1
        if self.values == MOST_VALUES or self.depth == DEEPEST:
            self.source.mark_unusable(key_path, "aliases unfold into too much here")
        if self.values >= MOST_VALUES or self.depth >= DEEPEST:
            return None
        if node.tag not in _TAGS:
            self.source.mark_unusable(
                key_path, f"the tag {node.tag.removeprefix(_PREFIX)} is not understood; leave it out"
            )
            return None
        self.depth += 1
        try:
            return self._plain(node, key_path)
        finally:
            self.depth -= 1

    def _plain(self, node: yaml.Node, key_path: KeyPath) -> Any:
        match node:
            case yaml.MappingNode():
                return self.mapping(node, key_path)
            case yaml.SequenceNode():
                return [self._item(item, (*key_path, index)) for index, item in enumerate(node.value)]
            case yaml.ScalarNode() if _is_null(node):
                return None
            case _:
                return self.expanded(str(node.value), key_path)

    def _item(self, node: yaml.Node, key_path: KeyPath) -> Any:
        self.source.at[key_path] = _position(node)
        return self.value(node, key_path)

    def mapping(self, node: yaml.MappingNode, key_path: KeyPath) -> dict[str, Any]:
        """The keys and values of *node*; those it merges give way to its own."""
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            line, column = _position(key)
            if key.tag == _MERGE:
                continue
            name = self._key(key, key_path)
            inside = (*key_path, name)
            if name in lines:
                duplicate = Complaint(line, column, ".".join(map(str, inside)), "", self.source.file)
                self._duplicate(duplicate, lines[name])
                continue
            lines[name] = line
            self.source.at[inside] = (line, column)
            found[name] = self.value(value, inside)
        for name, value in self._merged(node, key_path):
            found.setdefault(name, value)
        return found

    def _key(self, key: yaml.Node, key_path: KeyPath) -> str:
        if isinstance(key, yaml.ScalarNode) and not _SURROGATE.search(key.value):
            return str(key.value)
        self.source.complain(key_path, f"expected a word as a key on line {_position(key)[0]}")
        return "?"

    def _duplicate(self, second: Complaint, first: int) -> None:
        message = f"written twice, first on line {first}; keep one"
        self.source.complaints.append(Complaint(second.line, second.column, second.path, message, second.file))

    def _merged(self, node: yaml.MappingNode, key_path: KeyPath) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                self.values += 1
                if isinstance(part, yaml.MappingNode) and self.depth < DEEPEST and self.values < MOST_VALUES:
                    yield from self._from_elsewhere(part, key_path)
                else:
                    self.source.complain(key_path, f"expected `<<: *name` of a section on line {_position(key)[0]}")

    def _from_elsewhere(self, node: yaml.MappingNode, key_path: KeyPath) -> Iterator[tuple[str, Any]]:
        own = {known: mark for known, mark in self.source.at.items() if known[: len(key_path)] == key_path}
        self.depth += 1
        merged = self.mapping(node, key_path)
        self.depth -= 1
        self.source.at |= own
        yield from merged.items()

    def expanded(self, text: str, key_path: KeyPath) -> str:
        """The *text* with its references to the environment filled in."""
        if _SURROGATE.search(text):
            self.source.mark_unusable(key_path, "has half a character (a lone surrogate)")
            return ""
        if "${" not in text:
            return text
        self.source.written[key_path] = text
        return self.source.fill_in(key_path, _REFERENCE.sub(lambda found: self._filled(found, key_path), text))

    def _filled(self, found: re.Match[str], key_path: KeyPath) -> str:
        name, default = found["name"], found["default"]
        if found["literal"]:
            return "${"
        if found["odd"]:
            self.source.mark_unusable(key_path, "expected ${NAME} or ${NAME:-default}; write $${ for a plain ${")
            return ""
        value = self.environ.get(name, "")
        if not value and default is None and name not in self.environ:
            self.source.mark_unusable(key_path, f"the environment has no {name}; set it, or write ${{{name}:-default}}")
        return value or default or ""


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _PREFIX + "null" and node.style is None


def _position(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
