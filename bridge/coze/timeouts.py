"""How long a bot is waited for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """The seconds of every wait; the defaults suit the cloud."""

    first_byte: float = 60.0  #: for Coze to take a question
    idle: float = 60.0  #: without a byte, before anybody asks whether the chat is over
    probe_interval: float = 15.0  #: between such questions; each counts on a free plan
    poll_intervals: tuple[float, ...] = (1.0, 2.0, 3.0)  #: between polls of a chat without a stream; the last repeats
    poll_outage: float = 60.0  #: of polls that fail in a row, before it is left to the caller
    cancel_again: float = 1.0  #: between attempts to stop a chat that will not be stopped yet
    cancelling: float = 120.0  #: of such attempts, before it is left to itself
    relist: float = 2.0  #: before looking once more for what Coze may list late
    trailing: float = 5.0  #: for what follows a verdict
    workflow_idle: float = 300.0  #: without a byte of a workflow, which sends heartbeats; nobody can be asked about it
    total: float = 900.0  #: for a whole turn
