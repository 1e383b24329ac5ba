"""A group that becomes a supergroup while it is answered."""

from contextlib import asynccontextmanager

import pytest

from bridge.sdk.errors import ChatGone
from bridge.sdk.model import MediaBytes
from tests.wire.telegram.harness import PNG, answering, part, refusal


class TestAGroupThatIsUpgradedMeanwhile:
    """The answer goes on in the supergroup, where it stands once; nothing that has the same number there is touched."""

    @asynccontextmanager
    async def upgraded(self, telegram, *, after=()):
        """A sink, its group's new id, and the messages in which the parts *after* which it was upgraded were shown."""
        bob = telegram.person("Bob")
        old = telegram.group("Tea", members=[bob], basic=True)
        async with answering(telegram, said=telegram.mention("hello"), chat=old) as sink:
            refs = [await sink.finish(one) for one in after]
            new = telegram.migrate(old)
            for _ in range(3):
                telegram.says(bob, "tea?", new)
            yield sink, new, refs

    async def test_the_growing_message_is_posted_anew(self, telegram):
        async with self.upgraded(telegram, after=[part("Once")]) as (sink, new, [ref]):
            assert ref == await sink.preview(part("Once upon", ref=ref))
            again = await sink.finish(part("Once upon a time", ref=ref))

        assert ["Once upon a time"] == telegram.bot_texts(new)
        assert ref != again

    async def test_what_was_not_begun_stands_there_alone(self, telegram):
        async with self.upgraded(telegram) as (sink, new, _):
            await sink.finish(part("Once"))
            await sink.finish(part("upon a time", index=1))
            await sink.notify("Done.")

        assert ["Once", "upon a time", "Done."] == telegram.bot_texts(new)

    async def test_further_messages_from_before_are_neither_changed_nor_taken_away_there(self, telegram):
        before = [part("Once"), part("upon", index=1), part("a time", index=2)]
        async with self.upgraded(telegram, after=before) as (sink, new, refs):
            await sink.finish(part("In the end", ref=refs[0]))
            await sink.finish(part("that was", index=1, ref=refs[1]))
            await sink.withdraw(refs[2])

        assert ["In the end", "that was"] == telegram.bot_texts(new)
        assert not [message for message in telegram.messages(new) if message.deleted or len(message.history) > 1]

    async def test_a_picture_comes_along(self, telegram):
        async with self.upgraded(telegram) as (sink, new, _):
            await sink.attach(MediaBytes(name="p.png", mime="image/png", data=PNG))

        assert [True] == [message.photo is not None for message in telegram.messages(new) if message.sender_is_bot]

    async def test_without_a_word_where_it_goes_on_the_place_is_lost(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: group chat was upgraded to a supergroup chat"))
            with pytest.raises(ChatGone):
                await sink.finish(part("Once"))
