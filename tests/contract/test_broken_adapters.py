"""The contract suite finds the faults it is there for, in a pytest that knows of it by its entry point alone."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

TOP = Path(__file__).parents[2]

HEAD = """
import json
from bridge.sdk.ports import no_fence
from bridge.sdk.plain import PlainSink
from bridge.testing.contract import AdapterContract
from tests.unit.testing.coze_bridge_lines import LinesAdapter
from tests.unit.testing.test_lines import OnLines
"""
TAIL = """
class OnBroken(OnLines):
    kind = Broken

class TestBroken(AdapterContract):
    harnesses = (OnBroken,)
"""
WHOLE = "class Broken(LinesAdapter):\n    '''It is not broken.'''\n"
FAULTS = {
    "nothing_is_acknowledged_before_it_was_kept": """
        class Broken(LinesAdapter):
            async def run(self, accept):
                self.unavailable_reason = None
                async for line in self._reader:
                    said = json.loads(line)
                    self._writer.write(json.dumps({"got": said["id"]}).encode() + b"\\n")
                    await accept(self.said(said["text"], key=said["id"], person=said["from"]))
    """,
    "no_other_message_takes_its_keys": """
        class Broken(LinesAdapter):
            def said(self, text, *, key, person):
                return super().said(text, key="always the same", person=person)
    """,
    "a_finished_part_finished_again_changes_nothing": """
        class Forgetful(PlainSink):
            async def finish(self, part):
                await self.notify(part.text)
                return part.key

        class Broken(LinesAdapter):
            def reply(self, message, fence=no_fence):
                return Forgetful(lambda text: self._say(message.author.id, text), fence)
    """,
    "heard_as_it_was_said": """
        class Broken(LinesAdapter):
            def said(self, text, *, key, person):
                return super().said(text.encode("ascii", "ignore").decode(), key=key, person=person)
    """,
}


def tried(folder: Path, adapter: str, promise: str) -> str:
    """What a pytest of its own, with nothing configured, says of that *adapter* and those promises."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_broken.py").write_text(HEAD + dedent(adapter) + TAIL)
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--strict-markers",
        "-p",
        "no:cacheprovider",
        "-k",
        f"Broken and {promise}",
    ]
    environ = {"PYTHONPATH": str(TOP), "PATH": "", "PYTEST_DEBUG_TEMPROOT": str(folder)}
    return subprocess.run(
        words, check=False, capture_output=True, text=True, cwd=folder, env=environ, timeout=100
    ).stdout


@pytest.mark.parametrize("promise", FAULTS)
def test_each_fault_breaks_the_promise_that_forbids_it(tmp_path: Path, promise: str):
    said = tried(tmp_path, FAULTS[promise], promise)

    assert "FAILED" in said, said


def test_an_adapter_without_a_fault_keeps_them(tmp_path: Path):
    said = tried(tmp_path, WHOLE, f"({' or '.join(FAULTS)})")

    assert f"{len(FAULTS)} passed" in said, said


def test_every_other_pytest_learns_a_mark_and_loads_nothing():
    """Whoever has the bridge installed has the plugin in each of their own runs."""
    program = (
        "import sys, pytest; before = set(sys.modules); import bridge.testing.plugin; print(*set(sys.modules) - before)"
    )
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=TOP)

    assert {"bridge", "bridge.testing", "bridge.testing.plugin"} == set(run.stdout.split())
