"""
Every law of this folder, tried for as long as you say: ``python -m tests.fuzz --minutes 5``.

Where atheris is installed (``pip install atheris``; Linux), each law has its own process, whose inputs are guided by the lines
of ours that they reach (https://hypothesis.readthedocs.io/en/latest/how-to/external-fuzzers.html); elsewhere hypothesis draws twenty thousand
for each. What was found is kept by hypothesis and tried first by the next `make test` here; put it into the test as an `example`.
"""

import argparse
import importlib
import importlib.util
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATIENCE = 60.0
"""Seconds beyond its own for a law to come to an end."""


def main() -> int:
    """Try all laws, or the one that is named."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="in all, where atheris guides; 5 if left out")
    parser.add_argument("--law", help="only this one, as module:function")
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        return drawn(given.law)
    if given.law:
        return guided(given.law, seconds=60 * given.minutes)
    found = list(laws())
    failed = [law for law in found if in_a_process(law, minutes=given.minutes / len(found))]
    sys.stdout.write(f"{len(found)} laws, broken: {', '.join(failed) or 'none'}\n")
    return bool(failed)


def laws() -> Iterator[str]:
    """Every test that hypothesis alone can call, as module:function."""
    for file in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.fuzz.{file.stem}")
        for name, function in inspect.getmembers(module, lambda value: hasattr(value, "hypothesis")):
            if not inspect.signature(function).parameters:
                yield f"{file.stem}:{name}"


def drawn(law: str | None) -> int:
    """Let hypothesis draw the inputs."""
    only = ["-k", law.partition(":")[2]] if law else []
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "--hypothesis-profile", "fuzz", str(HERE), *only])


def in_a_process(law: str, *, minutes: float) -> int:
    """Try *law* by itself: libFuzzer ends its process."""
    sys.stdout.write(f"{law}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "tests.fuzz", "--law", law, "--minutes", str(minutes)]
    return subprocess.call(command, cwd=HERE.parents[1], timeout=60 * minutes + PATIENCE)


def guided(law: str, *, seconds: float) -> int:
    """Let atheris choose the inputs of *law*."""
    atheris: Any = importlib.import_module("atheris")
    module, _, name = law.partition(":")
    with atheris.instrument_imports(include=["bridge", "adapters"]):
        function = getattr(importlib.import_module(f"tests.fuzz.{module}"), name)
    atheris.Setup(
        [law, f"-max_total_time={max(1, round(seconds))}", "-print_final_stats=0", "-verbosity=0", "-len_control=0"],
        function.hypothesis.fuzz_one_input,
    )
    os.chdir(os.environ.get("TMPDIR", "/tmp"))  # where libFuzzer leaves the bytes that broke a law
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
