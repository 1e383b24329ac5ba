"""
Configures logging: readable lines on a terminal, JSON elsewhere, never a secret.

Libraries log the same way. Some log URLs with a bot's token at INFO, so only their warnings are let through, and anything that looks
like a secret is masked in every line. Of exceptions only the kind and the traceback are logged: their words may quote people.
"""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog

from bridge.sdk.redaction import bare_addresses, mask

Event = MutableMapping[str, Any]

OURS: Final = "bridge"
"""The logger whose lines are logged from the configured level; those of libraries are logged from WARNING on."""


def configure(level: str = "info", style: str = "auto") -> None:
    """Send everything at or above *level* to standard error, as *style* (auto, text, json) says."""
    readable = style == "text" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=not readable),
    ]
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    look = structlog.dev.ConsoleRenderer(colors=coloured) if readable else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _first_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _strip_exception, _masked, look],
        )
    )
    handler.addFilter(_ours_or_a_warning)
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, _number(level)), force=True)
    logging.getLogger(OURS).setLevel(_number(level))
    logging.raiseExceptions = False  # a line that cannot be written is lost; its fields must not be printed instead
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _died
    threading.excepthook = _thread_died


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _ours_or_a_warning(record: logging.LogRecord) -> bool:
    """Whether to log it, also where a library sets its own level."""
    return record.name == OURS or record.levelno >= logging.WARNING


def _masked(_logger: object, _name: str, event: Event) -> Event:
    return {key: _mask(value) for key, value in event.items()}


def _mask(value: Any) -> Any:
    match value:
        case str():
            return mask(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(key): _mask(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_mask(each) for each in value]
    return mask(str(value))


def _first_line(_logger: object, _name: str, event: Event) -> Event:
    """Only the first line of what a library logs: asyncio and others add the values they were working on."""
    event["event"] = bare_addresses(str(event["event"]).partition("\n")[0])
    return event


# Exceptions


def _strip_exception(_logger: object, _name: str, event: Event) -> Event:
    """Put the safe traceback in the place of an exception."""
    event.pop("stack_info", None)
    match event.pop("exc_info", None):
        case BaseException() as failure:
            event["exception"] = safe_traceback(failure)
        case (_, BaseException() as failure, _):
            event["exception"] = safe_traceback(failure)
        case True:
            event["exception"] = safe_traceback(sys.exc_info()[1])
    return event


def safe_traceback(failure: BaseException | None) -> str:
    """The traceback of *failure* and its causes, the first cause first, with their kinds and without their words."""
    return "\n".join(_frames(failure))


def _frames(failure: BaseException | None) -> Iterator[str]:
    if failure is None:
        return
    yield from _frames(failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__))
    for frame in traceback.extract_tb(failure.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}: {frame.line}'
    yield f"{type(failure).__module__}.{type(failure).__qualname__}"
    if isinstance(failure, BaseExceptionGroup):
        for each in failure.exceptions:
            yield from _frames(each)


def _died(kind: type[BaseException], failure: BaseException, trace: TracebackType | None) -> None:
    """Log what ended the process, which is a bug of ours."""
    logging.getLogger(OURS).critical("bridge.crashed", exc_info=(kind, failure, trace))


def _thread_died(died: threading.ExceptHookArgs) -> None:
    if died.exc_value is not None:
        _died(died.exc_type, died.exc_value, died.exc_traceback)
