"""Whether a far side that kept failing may be bothered: laws for every history."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.engine.circuit import FAILURES, PROBE, Circuit

moments = st.lists(st.floats(0, 3, allow_nan=False), max_size=60)


def broken(now=0.0):
    circuit = Circuit()
    for _ in range(FAILURES):
        circuit.failed(now)
    return circuit


@given(pauses=moments, outcomes=st.lists(st.booleans(), max_size=60))
def test_before_it_has_failed_often_enough_in_a_row_everything_passes(pauses, outcomes):
    circuit, row, now = Circuit(), 0, 0.0
    for pause, fine in zip(pauses, outcomes, strict=False):
        now += pause
        if row >= FAILURES:
            break
        assert 0.0 == circuit.try_acquire(now)
        if fine:
            circuit.succeeded()
        else:
            circuit.failed(now)
        row = 0 if fine else row + 1


@given(pauses=moments)
def test_while_it_is_broken_one_attempt_passes_in_each_span(pauses):
    circuit, now, passed = broken(), 0.0, []
    for pause in pauses:
        now += pause
        if not circuit.try_acquire(now):
            circuit.failed(now)
            passed.append(now)

    assert all(later - earlier >= PROBE for earlier, later in zip([0.0, *passed], passed, strict=False))
    assert len(passed) >= now // (PROBE + 3)


@given(now=st.floats(0, PROBE, exclude_max=True))
def test_whoever_waits_as_long_as_it_says_passes(now):
    circuit = broken()
    wait = circuit.try_acquire(now)

    assert 0 < wait <= PROBE
    assert 0.0 == circuit.try_acquire(now + wait + 1e-9)


@given(now=st.floats(0, 1e9))
def test_asking_without_an_attempt_does_not_let_a_second_pass(now):
    """Whoever is told 0 is the one: two who ask at the same moment are one attempt."""
    circuit = broken(now)

    assert 0.0 == circuit.try_acquire(now + PROBE + 1)
    assert circuit.try_acquire(now + PROBE + 1) > 0


def test_the_first_success_is_news_and_closes_it():
    circuit = broken()

    assert circuit.succeeded()
    assert not circuit.succeeded()
    assert 0.0 == circuit.try_acquire(0.0)


def test_one_success_forgives_every_failure_before():
    circuit = Circuit()
    for _ in range(FAILURES - 1):
        circuit.failed(0.0)

    assert not circuit.succeeded()
    circuit.failed(0.0)
    assert 0.0 == circuit.try_acquire(0.0)
