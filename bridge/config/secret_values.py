"""The values of all secrets in a config, for `bridge.sdk.redaction`."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from bridge.config.settings import AdapterSettings


def secret_values(section: Any) -> Iterator[str]:
    """Every secret in *section*, which may be the whole file; of an address the password alone."""
    match section:
        case SecretStr():
            yield from _of(section.get_secret_value())
        case AdapterSettings(options=inner):
            yield from secret_values(inner)
        case BaseModel():
            for name in type(section).model_fields:
                yield from secret_values(getattr(section, name))
        case Mapping():
            for each in section.values():
                yield from secret_values(each)
        case tuple() | list():
            for each in section:
                yield from secret_values(each)


def _of(secret: str) -> Iterator[str]:
    if "://" not in secret:
        yield secret
        return
    try:
        password = urlsplit(secret).password
    except ValueError:
        return  # no address after all; whoever opens it says so
    if password:
        yield password
