"""What is measured while people are answered, read where Prometheus reads it, and the traces of it."""

import asyncio
import re
import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.process.traces import OtelTracer
from bridge.sdk import tracing
from simulators.coze.script import Fail, Pause, Say
from tests.wire.house import PATIENCE


async def metric(house, name):
    """Its value; 0 where it was never set."""
    found = re.findall(rf"^{re.escape(name)} (\S+)$", (await house.get("/metrics"))[2], re.MULTILINE)
    return float(found[0]) if found else 0.0


async def until(house, name, holds):
    """Read it until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not holds(await metric(house, name)):
            pass


async def asks_on_telegram(house, words="hello"):
    ann = house.telegram.person("Ann")
    house.telegram.says(ann, words)
    await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)


STAGES = ("bridge_first_sign_seconds", "bridge_first_words_seconds", "bridge_answered_seconds")


async def test_each_stage_of_an_answer_is_timed_by_adapter(house):
    names = [f'{stage}_count{{adapter="{adapter}"}}' for stage in STAGES for adapter in ("helpdesk", "acme")]
    before = [await metric(house, name) for name in names]
    await asks_on_telegram(house)
    await house.answers("hello")
    for name, count in zip(names, before, strict=True):
        await until(house, name, lambda now, count=count: now > count)


async def test_writes_and_waits_for_budgets_are_timed(house):
    names = ("bridge_write_seconds_count", 'bridge_budget_wait_seconds_count{adapter="helpdesk"}')
    before = [await metric(house, name) for name in names]
    await asks_on_telegram(house)

    for name, count in zip(names, before, strict=True):
        assert await metric(house, name) > count


async def test_an_open_stream_is_counted_while_it_is_open(house):
    house.coze.will_play(Say(("Half, ",)), Pause("half"), Say(("whole.",)))
    house.telegram.says(house.telegram.person("Ann"), "hello")
    await house.coze.until(lambda: "half" in house.coze.paused, within=PATIENCE)
    await until(house, "bridge_open_streams", lambda now: now == 1)
    house.coze.go("half")
    await until(house, "bridge_open_streams", lambda now: now == 0)


async def test_the_parts_of_the_config_in_force_are_told(house):
    await asks_on_telegram(house)

    assert 1 == await metric(house, 'bridge_adapter_info{adapter="helpdesk",kind="telegram"}')
    assert 1 == await metric(house, 'bridge_adapter_info{adapter="acme",kind="slack"}')
    assert 'bridge_circuit_open{bot="assistant"} 0.0' in (await house.get("/metrics"))[2]
    assert 0 == await metric(house, "bridge_oldest_waiting_seconds")


@pytest.fixture
def spans():
    """What is traced."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.collect(OtelTracer(provider))
    yield exporter
    tracing.collect(None)


async def spans_of(exporter, *, holding):
    """The finished spans of the trace whose turn has that attribute, by name."""
    async with asyncio.timeout(PATIENCE):
        while True:
            finished = exporter.get_finished_spans()
            for message in finished:
                if message.name == "message":
                    trace = message.context.trace_id
                    found = {span.name: span for span in finished if span.context.trace_id == trace}
                    if holding in found["turn"].attributes.items():
                        return found
            await asyncio.sleep(0.01)


class TestTraces:
    async def test_a_message_holds_its_turn_and_that_its_chat_with_cozes_log_id(self, house, spans):
        with capture_logs(processors=[merge_contextvars]) as logs:
            await asks_on_telegram(house)
            found = await spans_of(spans, holding=("bridge.outcome", "answered"))
        message, turn, chat = found["message"], found["turn"], found["chat"]
        (asked,) = house.coze.chats

        assert message.parent is None
        assert [message.context.span_id, turn.context.span_id] == [turn.parent.span_id, chat.parent.span_id]
        assert message.start_time <= turn.start_time <= chat.start_time
        assert ("helpdesk", "assistant", "everyone") == tuple(
            turn.attributes[f"bridge.{name}"] for name in ("adapter", "bot", "route")
        )
        assert asked.id == chat.attributes["bridge.chat"]
        assert chat.attributes["bridge.log_id"]
        assert [format(turn.context.trace_id, "032x")] == [
            line["trace_id"] for line in logs if line["event"] == "turn.answered"
        ]

    async def test_a_failure_is_told_by_its_kind_and_no_word_of_it(self, house, spans):
        house.coze.will_play(Fail(code=4000, msg="a private word"))
        house.telegram.says(house.telegram.person("Ann"), "another private word")
        found = await spans_of(spans, holding=("bridge.outcome", "dead"))

        assert not found["chat"].status.is_ok
        assert "private" not in "".join(span.to_json() for span in spans.get_finished_spans())

    def test_what_nobody_asked_for_is_not_loaded(self):
        loads = "import bridge.cli.run, bridge.app.bridge, sys; print([name for name in sys.modules if 'opentelemetry' in name])"

        assert (
            "[]\n" == subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout
        )
