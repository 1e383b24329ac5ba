"""Tasks that nobody waits for end with what began them, one way or the other."""

import asyncio

from bridge.sdk import background as background_module
from bridge.sdk.background import Background


async def test_what_has_begun_is_finished():
    done: list[int] = []
    background = Background()

    async def deed(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    for number in range(3):
        background.spawn(deed(number))
    await background.wait_for_all()

    assert [0, 1, 2] == sorted(done)


async def test_a_deed_that_fails_keeps_nobody_from_ending():
    done: list[str] = []
    background = Background()

    async def fail() -> None:
        raise LookupError("oops")

    async def work() -> None:
        await asyncio.sleep(0)
        done.append("work")

    background.spawn(fail())
    background.spawn(work())
    await background.wait_for_all()

    assert ["work"] == done


async def test_what_would_last_for_ever_is_ended():
    ended = asyncio.Event()
    begun = asyncio.Event()
    background = Background()

    async def last() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    background.spawn(last())
    await begun.wait()
    await background.cancel_all()

    assert ended.is_set()


async def test_of_too_many_at_once_the_last_are_not_done(monkeypatch):
    monkeypatch.setattr(background_module, "MOST", 2)
    done: list[int] = []
    background = Background()

    async def deed(number: int) -> None:
        done.append(number)

    for number in range(4):
        background.spawn(deed(number))
    await background.wait_for_all()

    assert [0, 1] == done
