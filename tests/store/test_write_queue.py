"""What several threads may take from one queue of writes: never two at once, nor one before another, of those that share a key."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.write_queue import BATCH, Write, WriteQueue


class Threads:
    """A queue, and what each of its threads is at work on."""

    def __init__(self) -> None:
        self.queue = WriteQueue()
        self.running: list[list[Write]] = []
        self._loop = asyncio.new_event_loop()
        self.queue.end()  # so that who finds nothing does not wait

    def put(self, *keys: str) -> Write:
        """Hand one in."""
        write = Write(lambda _: None, self._loop.create_future(), keys=frozenset(keys))
        self.queue.put(write)
        return write

    def begin(self) -> list[Write]:
        """What another thread takes."""
        if batch := self.queue.gather(over=(), held=()):
            self.running.append(batch)
        return batch

    def go_on(self, batch: list[Write]) -> list[Write]:
        """What the thread takes next whose *batch* is over."""
        self.running.remove(batch)
        if following := self.queue.gather(over=batch, held=()):
            self.running.append(following)
        return following


@pytest.fixture
def threads():
    """None is at work yet."""
    threads = Threads()
    yield threads
    threads._loop.close()


def test_what_shares_no_key_runs_at_the_same_time(threads):
    first = threads.put("a")
    threads.begin()
    second = threads.put("b")
    threads.begin()

    assert [[first], [second]] == threads.running


def test_what_gathers_goes_together_whatever_its_keys(threads):
    waiting = [threads.put("a"), threads.put("b"), threads.put("a"), threads.put()]

    assert waiting == threads.begin()


def test_what_shares_a_key_with_what_runs_goes_with_the_next_transaction_of_the_same_thread(threads):
    threads.put("a")
    running = threads.begin()
    later, other = threads.put("a"), threads.put("b")

    assert [other] == threads.begin()
    assert [later] == threads.go_on(running)


def test_who_waits_for_one_key_is_not_overtaken_by_who_wants_another_of_its_keys(threads):
    threads.put("a")
    running = threads.begin()
    both, behind = threads.put("a", "b"), threads.put("b")

    assert [] == threads.begin()
    assert [both, behind] == threads.go_on(running)


def test_what_has_no_key_waits_for_nothing(threads):
    threads.put("a")
    threads.begin()
    threads.put("a")
    free = threads.put()

    assert [free] == threads.begin()


def test_what_a_full_batch_leaves_keeps_its_place(threads):
    waiting = [threads.put("a") for _ in range(BATCH + 2)]
    running = threads.begin()

    assert waiting[:BATCH] == running
    assert [] == threads.begin()
    assert waiting[BATCH:] == threads.go_on(running)


def test_what_is_held_goes_first(threads):
    held, fresh = threads.put(), threads.put()
    threads.queue.drain()
    threads.queue.put(fresh)

    assert [held, fresh] == threads.queue.gather(over=(), held=[held])


STEPS = st.lists(
    st.one_of(
        st.frozensets(st.sampled_from("abcd"), max_size=3),  # somebody hands in a write with these keys
        st.none(),  # another thread begins
        st.integers(0, 3),  # that thread, if there is one, has committed
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_writes_of_one_key_are_committed_in_the_order_in_which_they_came_and_all_are(steps):
    threads, handed_in, committed = Threads(), list[Write](), list[Write]()

    def commit(number: int) -> None:
        batch = threads.running[number]
        committed.extend(batch)
        threads.go_on(batch)
        keys = [frozenset().union(*(write.keys for write in each)) for each in threads.running]
        assert sum(map(len, keys)) == len(frozenset().union(*keys))

    for step in steps:
        if isinstance(step, frozenset):
            handed_in.append(threads.put(*step))
        elif step is None:
            threads.begin()
        elif step < len(threads.running):
            commit(step)
    threads.begin()
    while threads.running:
        commit(0)
    threads._loop.close()

    assert len(handed_in) == len(committed)
    for key in "abcd":
        assert [write for write in handed_in if key in write.keys] == [
            write for write in committed if key in write.keys
        ]
