"""Includes: the sections of other files become those of the config file, and complaints name the right file."""

from collections.abc import Iterator, Mapping
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from bridge.config.complaint import KeyPath
from bridge.config.positions import Source, read
from bridge.sdk.errors import ConfigError


def read_all(path: Path, environ: Mapping[str, str]) -> Source:
    """The file at *path* with all that it includes, in the order of its list and, of one pattern, of the names."""
    source = read(path, environ)
    for file in dict.fromkeys(_files(source)):
        if file != path:
            _Joining(source, read(file, environ)).join()
    return source


def patterns(path: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The absolute patterns that the file at *path* includes, filled in from *environ*; none where it cannot be read."""
    try:
        source = read(path.absolute(), environ)
    except ConfigError:
        return ()
    return tuple(str(source.folder / pattern) for _, pattern in _asked(source))


def expanded(pattern: str) -> list[Path]:
    """The files that an absolute *pattern* matches now, by name."""
    return [*map(Path, sorted(glob(pattern)))]  # noqa: PTH207 - which takes no pattern from the root


def _files(source: Source) -> Iterator[Path]:
    for index, pattern in _asked(source):
        found = expanded(str(source.folder / pattern))
        if not found and not has_magic(pattern):
            source.complain(("include", index), f"there is no file {pattern}")
        for file in found:
            if file.is_dir():
                source.complain(
                    ("include", index), f"{pattern} finds the folder {file.name}; name the files in it, as in *.yaml"
                )
            elif file.is_file():
                yield file
            else:
                source.complain(("include", index), f"{pattern} finds {file.name}, which is no regular file")


def _asked(source: Source) -> Iterator[tuple[int, str]]:
    """The patterns of the list; the models will complain about what is no text."""
    asked = (source.data or {}).get("include") or ()
    for index, pattern in enumerate([asked] if isinstance(asked, str) else asked):
        if isinstance(pattern, str):
            yield index, pattern


class _Joining:
    """Joins one file to another."""

    def __init__(self, whole: Source, part: Source) -> None:
        self._whole, self._part = whole, part

    def join(self) -> None:
        whole, part = self._whole, self._part
        whole.complaints += part.complaints
        whole.secrets |= part.secrets
        whole.data = whole.data if whole.data is not None else {}
        for key, value in (part.data or {}).items():
            if key == "include":
                self._complain((key,), "only the first file may include others; move the list there")
                continue
            shift = self._merge(key, value)
            self._mark(key, shift)

    def _merge(self, key: str, value: Any) -> int:
        """Add a section; gives how many items its list had before."""
        match self._whole.data.get(key), value:
            case None, _:
                self._whole.data[key] = value
            case list() as known, list():
                known += value
                return len(known) - len(value)
            case dict() as known, dict():
                for name in value.keys() & known.keys():
                    self._complain((key, name), f"is already set {self._where((key, name))}; keep one")
                self._whole.data[key] = {**known, **{name: value[name] for name in value if name not in known}}
            case _, _:
                self._complain((key,), f"is already set {self._where((key,))}; keep one")
        return 0

    def _mark(self, key: str, shift: int) -> None:
        """Add the positions of that section's values."""
        whole, part = self._whole, self._part
        for key_path, position in part.at.items():
            if key_path[:1] == (key,) and (moved := _shifted(key_path, shift)) not in whole.at:
                whole.at[moved], whole.files[moved] = position, part.file
        whole.written |= {
            _shifted(key_path, shift): text for key_path, text in part.written.items() if key_path[:1] == (key,)
        }
        whole.unusable |= {_shifted(key_path, shift) for key_path in part.unusable if key_path[:1] == (key,)}

    def _complain(self, key_path: KeyPath, message: str) -> None:
        self._whole.complaints.append(self._part.marks.complaint(key_path, message))

    def _where(self, key_path: KeyPath) -> str:
        known = self._whole.marks.complaint(key_path, "")
        return f"in {known.file} on line {known.line}"


def _shifted(key_path: KeyPath, shift: int) -> KeyPath:
    """The *key_path* of an item, in the list to which it was added."""
    match key_path:
        case (key, int(index), *rest):
            return (key, index + shift, *rest)
        case _:
            return key_path
