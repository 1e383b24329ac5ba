"""What `bridge.sdk.ports` promises of every place that fails now and then."""

import asyncio
from contextlib import suppress

import pytest

from bridge.sdk.errors import MessageGone, Uncertain
from bridge.testing.harness import STEPS, AdapterHarness, Trait, part


@pytest.mark.asyncio
class TroubleContract:
    """Sending where the platform says to wait, loses its receipt, or has lost the message."""

    @pytest.mark.needs(Trait.FAILS, Trait.GROWS)
    async def test_a_preview_that_is_told_to_wait_neither_waits_nor_fails(self, harness: AdapterHarness) -> None:
        """A newer preview makes an older one worthless; where none comes, the core asks for the last one again."""
        async with harness.answering() as sink:
            harness.limit(600, times=9)
            async with asyncio.timeout(60):
                refs = [await sink.preview(part(step)) for step in STEPS]
            assert sink.surface.preview_put_off

        assert [None] * len(STEPS) == refs
        assert [] == harness.reads

    @pytest.mark.needs(Trait.FAILS)
    async def test_a_final_waits_as_long_as_it_is_told(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            harness.limit(1)
            await sink.finish(part("A bridge."))

        assert ["A bridge."] == harness.reads
        assert harness.has_failed

    @pytest.mark.needs(Trait.FAILS)
    async def test_a_send_whose_receipt_got_lost_is_not_repeated(self, harness: AdapterHarness) -> None:
        """It is told, or found at once; and where the platform can tell what became of it, it is found."""
        async with harness.answering() as sink:
            harness.lose_receipt()
            with suppress(Uncertain):
                await sink.finish(part("A bridge."))

            assert ["A bridge."] == harness.reads

            if found := await sink.find(part("A bridge.")):
                await sink.finish(part("A bridge.", found))

        assert ["A bridge."] == harness.reads

    @pytest.mark.needs(Trait.FAILS, Trait.CHANGES)
    async def test_a_change_whose_receipt_got_lost_is_healed(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await sink.finish(part("A bridge."))
            harness.lose_receipt()
            await sink.finish(part("A bridge over.", ref))

        assert ["A bridge over."] == harness.reads

    @pytest.mark.needs(Trait.CHANGES)
    async def test_a_message_that_has_gone_is_told_or_posted_anew(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await sink.finish(part("A bridge."))
            harness.delete(ref)
            try:
                anew = await sink.finish(part("A bridge over.", ref))
            except MessageGone:
                anew = await sink.finish(part("A bridge over."))

        assert ref != anew
        assert ["A bridge over."] == harness.reads
