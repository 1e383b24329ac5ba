"""The environment that the ``${VAR}`` of a config are filled in from."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from bridge.sdk.errors import ConfigError


def environment(folder: Path) -> Mapping[str, str]:
    """The process's own, and beneath it what ``.env`` in *folder* says; raises `ConfigError` if that is unreadable."""
    path = folder / ".env"
    try:
        named = dotenv_values(path, interpolate=False)  # a `$` in a secret is a `$`
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "not UTF-8 text"
        raise ConfigError(f"{path}: cannot be read ({reason}); mend it, or move it away") from failure
    return {name: value for name, value in named.items() if value is not None} | os.environ
