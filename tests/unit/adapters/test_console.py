"""The console adapter: the smallest there is, and all of it."""

import asyncio
import io

from adapters.console import ConsoleAdapter, ConsoleOptions, ConsoleSink
from bridge.sdk.answers import Part
from bridge.sdk.model import ChatType, CommandName, Ref
from bridge.sdk.ports import Adapter


def part(text, *, index=0, ref=None):
    return Part(index=index, text=text, key=f"turn:{index}", ref=ref)


async def typed(text, count):
    """What the adapter hears of *text*."""
    heard, done = [], asyncio.Event()

    async def accept(message):
        heard.append(message)
        if len(heard) == count:
            done.set()

    async with ConsoleAdapter("here", ConsoleOptions(person="ann"), typed=io.StringIO(text)) as adapter:
        running = asyncio.create_task(adapter.run(accept))
        async with asyncio.timeout(20):
            await done.wait()
        running.cancel()
        await asyncio.wait([running])
    return heard


def test_it_is_an_adapter_that_needs_no_options():
    adapter = ConsoleAdapter.from_options("here", ConsoleOptions())

    assert isinstance(adapter, Adapter)
    assert "/new" == adapter.format_command(CommandName.NEW)


async def test_each_line_is_a_private_message_of_one_person():
    first, second = await typed("hello\n\n  how are you?\n", 2)

    assert ["hello", "how are you?"] == [first.text, second.text]
    assert "ann" == first.author.id == second.where.chat
    assert ChatType.PRIVATE is first.chat_type
    assert first.dedupe_keys != second.dedupe_keys


async def test_our_own_words_are_commands():
    first, second = await typed("/new\n/etc\n", 2)

    assert (CommandName.NEW, None) == (first.command, second.command)


async def test_an_answer_grows_and_is_printed_once():
    screen = io.StringIO()
    async with ConsoleSink(screen) as sink:
        await sink.preview(part("Once "))
        await sink.preview(part("Once upon"))
        ref = await sink.finish(part("Once upon a time."))
        await sink.finish(part("Once upon a time.", ref=ref))

        assert await sink.find(part("")) is None

    assert "Once upon a time.\n" == screen.getvalue()
    assert Ref("turn:0") == ref


async def test_an_answer_that_became_another_is_printed_anew():
    screen = io.StringIO()
    async with ConsoleSink(screen) as sink:
        await sink.preview(part("Once"))
        await sink.finish(part("Twice."))
        await sink.notify("Bye.")

    assert "Once\nTwice.\nBye.\n" == screen.getvalue()


async def test_an_answer_that_breaks_off_ends_its_line():
    screen = io.StringIO()
    async with ConsoleSink(screen) as sink:
        await sink.preview(part("Once"))

    assert "Once\n" == screen.getvalue()
