"""What becomes of the files beside a text: every event of theirs by name, as `bridge.sdk.telemetry`."""

import structlog

from bridge.sdk.metrics import ATTACHED

_log = structlog.get_logger("bridge")


def attachment_left_out(*, kind: str, because: str, log_id: str | None = None) -> None:
    """Something that came beside a text cannot be used; the bot is asked without it."""
    _log.warning("attachment.left_out", kind=kind, because=because, log_id=log_id)


def file_attached() -> None:
    """A file that the answer shows was sent as such."""
    ATTACHED.labels("sent").inc()
    _log.info("file.attached")


def file_unattached(*, outcome: str, because: str) -> None:
    """A file that the answer shows stays the link it is in the text."""
    ATTACHED.labels(outcome).inc()
    _log.warning("file.unattached", outcome=outcome, because=because)
