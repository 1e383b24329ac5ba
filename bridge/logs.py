"""
Where events go: readable lines on a terminal, JSON elsewhere, never a secret.

Libraries log through the same door. Some print URLs that hold a bot's token at INFO, so they are kept at WARNING, and
whatever looks like a token is masked in every line all the same.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

SECRETS: Final = re.compile(
    r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"  # Telegram's bot tokens, also inside URLs
    r"|\b(?:xox[a-z]|xapp|xoxe\.xoxb)-[A-Za-z0-9-]{8,}"  # Slack's
    r"|\b(?:pat|sat|czs|czu)_[A-Za-z0-9_-]{8,}"  # Coze's
)

CHATTY: Final = (
    "httpx",
    "httpcore",
    "telegram",
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "asyncio",
    "alembic",
    "sqlalchemy",
)


def configure(level: str = "info", style: str = "auto") -> None:
    """Send everything at or above *level* to standard error, as *style* (auto, text, json) says."""
    readable = style == "text" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=not readable),
    ]
    look = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if readable else structlog.processors.JSONRenderer()
    )
    trace = [] if readable else [structlog.processors.format_exc_info]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *trace, look],
        )
    )
    handler.addFilter(_Masked())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            _mask_fields,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def mask(text: str) -> str:
    """*text* without anything that looks like a token."""
    return SECRETS.sub("<secret>", text)


def _mask_fields(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask(value)
    return event


class _Masked(logging.Filter):
    """What libraries log, without tokens; their tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not isinstance(record.msg, dict):
            record.msg, record.args = mask(record.getMessage()), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True
