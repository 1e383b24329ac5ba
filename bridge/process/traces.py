"""
Traces by OpenTelemetry: ``message`` holds ``turn``, and that ``chat``, with the ids that log lines have.

Only imported where ``coze-bridge[otel]`` is installed and asked for; where spans go is said by OpenTelemetry's own variables.
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from contextvars import Token
from types import TracebackType
from typing import Final, Self

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

NAME: Final = "coze-bridge"
NANOSECONDS: Final = 1_000_000_000


def exporting() -> TracerProvider:
    """A provider that sends spans in batches to the collector that the environment names."""
    resource = Resource.create({SERVICE_NAME: NAME}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class OtelTracer:
    """The `bridge.sdk.tracing.Tracer` of OpenTelemetry."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer(NAME)

    def span(self, name: str, began_at: float | None, /, **attributes: object) -> "_Span":
        """A span for as long as the block lasts."""
        start = None if began_at is None else int(began_at * NANOSECONDS)
        return _Span(self._tracer.start_span(name, start_time=start, attributes=_named(attributes)))

    def note(self, **attributes: object) -> None:
        """Add to the current span."""
        trace.get_current_span().set_attributes(_named(attributes))

    def ids(self) -> dict[str, str]:
        """The id of the current trace, in the hexadecimal digits that collectors show."""
        at_hand = trace.get_current_span().get_span_context()
        return {"trace_id": trace.format_trace_id(at_hand.trace_id)} if at_hand.is_valid else {}


class _Span:
    """A span that is the current one within its block; of an exception that ends it, only the kind is recorded."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._span.set_status(trace.StatusCode.ERROR, kind.__name__)
        if self._token is not None:
            context.detach(self._token)
        self._span.end()


def _named(attributes: dict[str, object]) -> dict[str, str | int | float]:
    """*attributes* under our prefix, with values that a span can hold."""
    return {
        f"bridge.{name}": value if isinstance(value, (int, float)) else str(value)
        for name, value in attributes.items()
        if value is not None
    }
