"""The environment from which the ``${VAR}`` of a config are filled in."""

import io
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bridge.sdk.errors import ConfigError

_LIBRARY: Final = logging.getLogger("dotenv.main")
_LIBRARY.setLevel(logging.ERROR)  # of a line that is none it tells neither the file nor what would be right


def unread_lines(folder: Path) -> Iterator[str]:
    """A complaint about each line of ``.env`` in *folder* that sets nothing, and so is left out."""
    path = folder / ".env"
    try:
        written = path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # which `environment` tells, unless there is none
        return
    for binding in parse_stream(io.StringIO(written)):
        if binding.error:
            yield f"{path}:{binding.original.line}:1: expected NAME=value; the line is left out"


def environment(folder: Path) -> Mapping[str, str]:
    """The process's own, and what ``.env`` in *folder* adds to it; raises `ConfigError` if that is unreadable."""
    path = folder / ".env"
    try:
        named = dotenv_values(path, interpolate=False)  # a `$` in a secret is a `$`
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "not UTF-8 text"
        raise ConfigError(f"{path}: cannot be read ({reason}); mend it, or move it away") from failure
    return {name: value for name, value in named.items() if value is not None} | os.environ
