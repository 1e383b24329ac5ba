"""The garbage collector rests while modules are loaded, and never for longer."""

import gc

import pytest

from bridge.process.memory import freeze_gc, gc_postponed


@pytest.fixture(autouse=True)
def as_it_was():
    """The collector of the process that tests run in."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_nothing_is_collected_while_a_command_is_loaded():
    with gc_postponed():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_command_that_fails_leaves_the_collector_at_work():
    with pytest.raises(KeyError), gc_postponed():
        raise KeyError
    assert gc.isenabled()


def test_a_daemon_collects_from_its_first_moment_and_leaves_alone_what_was_there():
    with gc_postponed():
        freeze_gc()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 1000
