"""The admin API as an OpenAPI document."""

from importlib import resources
from importlib.metadata import version
from typing import Any

import yaml


def document(push: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.1, with the JSON Schema of what is pushed."""
    text = (resources.files(__package__) / "openapi.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    found["info"]["version"] = version("coze-bridge")
    found["components"]["schemas"]["PushRequest"] = push
    return found
