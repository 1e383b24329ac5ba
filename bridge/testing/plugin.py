"""
What pytest learns of the contract suite; every pytest that finds coze-bridge installed reads this file.

So it imports nothing but pytest, and does nothing but for classes that have harnesses (`bridge.testing.contract.AdapterContract`).
"""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the suite's one mark known."""
    config.addinivalue_line("markers", "needs(*traits): a promise that only places with these traits can keep")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a contract once for each of its harnesses that has the traits which it needs."""
    harnesses = getattr(metafunc.cls, "harnesses", None)
    if harnesses is None or "harness" not in metafunc.fixturenames:
        return
    needed = {trait for mark in metafunc.definition.iter_markers("needs") for trait in mark.args}
    fit = [pytest.param(harness, id=harness.__name__) for harness in harnesses if needed <= harness.traits]
    unfit = pytest.param(None, id="nowhere", marks=pytest.mark.skip(f"no place here {' and '.join(sorted(needed))}"))
    metafunc.parametrize("harness", fit or [unfit], indirect=True)
