"""The inbox's promises, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace

import pytest

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatRef, ChatStarted
from bridge.sdk.errors import LeaseLost
from bridge.sdk.model import Attachment, MediaKind, Person, Place, Quote, Ref
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission, Ends, Precondition
from bridge.store.arrivals import Accepted
from bridge.store.claim import AnsweredTurn, Stage
from bridge.store.inbox import Inbox
from bridge.store.retention import Retention
from bridge.store.sessions import Sessions
from bridge.store.stops import Interruption
from bridge.store.tables import TurnStatus
from bridge.store.wakeup import Wakeup


class TestAccepting:
    async def test_a_message_is_kept_once_however_often_it_is_delivered(self, inbox, say):
        message = say()

        assert Accepted.KEPT == await inbox.accept(message, Admission.in_order("a"))
        assert Accepted.REPEATED == await inbox.accept(message, Admission.in_order("a"))
        assert 1 == len(await inbox.claim(10))

    async def test_two_events_about_one_message_are_one_message(self, inbox, say):
        """Slack tells of a mention twice, with different event ids."""
        mention = say(dedupe_keys=("event:1", "message:T:C:9.9"))
        copy = say(dedupe_keys=("event:2", "message:T:C:9.9"))
        late = say(dedupe_keys=("event:2",))

        assert Accepted.KEPT == await inbox.accept(mention, Admission.in_order("a"))
        assert Accepted.REPEATED == await inbox.accept(copy, Admission.in_order("a"))
        assert Accepted.REPEATED == await inbox.accept(late, Admission.in_order("a"))

    async def test_what_comes_back_is_what_was_said(self, inbox, say):
        message = say(
            "hé 👋 \u2028 " + "x" * 5000, quote=Quote(text="q", author="Ann"), reply_context={"message_id": "5"}
        )
        await inbox.accept(message, Admission.in_order("a"))

        [claimed] = await inbox.claim(1)

        assert message == claimed.message

    async def test_a_thread_is_heard_only_after_the_bot_became_part_of_it(self, inbox, say):
        follow_up = say(thread="1.1")
        assert Accepted.NOT_FOR_US == await inbox.accept(follow_up, Admission.in_order("t", Precondition.ENGAGED))

        await inbox.accept(say(thread="1.1"), Admission.in_order("t"))

        assert Accepted.KEPT == await inbox.accept(follow_up, Admission.in_order("t", Precondition.ENGAGED))
        assert Accepted.NOT_FOR_US == await inbox.accept(
            say(thread="2.2"), Admission.in_order("u", Precondition.ENGAGED)
        )

    async def test_the_pieces_of_a_batch_are_one_message_once_no_more_come(self, inbox, say):
        """An album; its caption stands below one of the pictures."""
        first, second = (Attachment(kind=MediaKind.IMAGE, handle=name) for name in ("first", "second"))
        await inbox.accept(say("", batch="album:1", attachments=(first,)), Admission.in_order("a"))
        caption = say("Which one?", batch="album:1", attachments=(second,))
        assert Accepted.KEPT == await inbox.accept(caption, Admission.in_order("a"))
        assert Accepted.REPEATED == await inbox.accept(caption, Admission.in_order("a"))
        assert [] == await inbox.claim(10)

        await inbox.retry_postponed_now()
        [claimed] = await inbox.claim(10)

        assert "Which one?" == claimed.message.text
        assert (first, second) == claimed.message.attachments

    async def test_a_piece_of_something_else_is_a_message_of_its_own(self, inbox, say):
        """Another batch, somebody else's of the same name, or one whose question is being answered already."""
        await inbox.accept(say("one", batch="album:1"), Admission.in_order("a"))
        await inbox.accept(say("two", batch="album:2"), Admission.in_order("a"))
        await inbox.accept(say("three", batch="album:2", author=Person(id="8")), Admission.in_order("a"))
        for text in ("one", "two", "three"):
            await inbox.retry_postponed_now()
            [claimed] = await inbox.claim(10)
            assert text == claimed.message.text
            await inbox.settle(claimed)
        await inbox.accept(say("four", batch="album:3"), Admission.in_order("a"))
        await inbox.retry_postponed_now()
        [claimed] = await inbox.claim(10)
        await inbox.accept(say("five", batch="album:3"), Admission.in_order("a"))

        assert "four" == claimed.message.text
        assert 1 == await inbox.queue_length("a")

    async def test_what_nobody_was_meant_by_is_heard_as_a_further_piece_alone(self, inbox, say):
        """In a group the caption mentions the bot, and the other pictures of the album do not."""
        overheard = say("", batch="album:1")
        assert Accepted.NOT_FOR_US == await inbox.accept(overheard, Admission.in_order("a", Precondition.JOINING))

        await inbox.accept(say("Which one?", batch="album:1"), Admission.in_order("a"))

        assert Accepted.KEPT == await inbox.accept(overheard, Admission.in_order("a", Precondition.JOINING))
        assert Accepted.REPEATED == await inbox.accept(overheard, Admission.in_order("a", Precondition.JOINING))
        assert Accepted.NOT_FOR_US == await inbox.accept(say(""), Admission.in_order("a", Precondition.JOINING))

    async def test_a_new_message_wakes_the_worker(self, inbox, wakeup, say):
        await inbox.accept(say(), Admission.in_order("a"))

        async with asyncio.timeout(5):
            assert not await wakeup.wait(60)

    async def test_a_person_is_known_to_bots_by_one_name_that_says_nothing(self, inbox, say):
        for chat in ("7", "7", "8"):
            await inbox.accept(say(chat=chat), Admission.in_order(f"{chat}{say().dedupe_keys[0]}"))

        ann, again, bob = (claimed.user_id for claimed in await inbox.claim(10))

        assert ann == again
        assert ann != bob
        assert "7" != ann
        assert 34 == len(ann)


class TestClaiming:
    async def test_a_queue_is_answered_one_after_the_other(self, inbox, say):
        first, second = say("first"), say("second")
        await inbox.accept(first, Admission.in_order("a"))
        await inbox.accept(second, Admission.in_order("a"))

        [claimed] = await inbox.claim(10)
        assert [] == await inbox.claim(10)
        await inbox.settle(claimed)

        assert [second] == [claimed.message for claimed in await inbox.claim(10)]

    async def test_queues_do_not_wait_for_each_other(self, inbox, say):
        for queue in "abc":
            await inbox.accept(say(), Admission.in_order(queue))

        assert ["a", "b", "c"] == [claimed.queue_key for claimed in await inbox.claim(10)]

    async def test_no_more_is_claimed_than_there_is_room_for(self, inbox, say):
        for queue in "abc":
            await inbox.accept(say(), Admission.in_order(queue))

        assert ["a", "b"] == [claimed.queue_key for claimed in await inbox.claim(2)]

    async def test_what_is_urgent_passes_its_queue(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        await inbox.claim(10)
        await inbox.accept(say("/stop"), Admission.past_answers("a"))

        [claimed] = await inbox.claim(10)

        assert ("a now", "a") == (claimed.queue_key, claimed.scope)

    async def test_a_postponed_message_holds_up_its_queue_and_no_other(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(10)
        await inbox.accept(say(), Admission.in_order("a"))
        await inbox.accept(say(), Admission.in_order("b"))

        await inbox.postpone(claimed, seconds=3600, because="away")

        assert ["b"] == [claimed.queue_key for claimed in await inbox.claim(10)]

    async def test_a_postponed_message_comes_back_when_it_is_due(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(10)
        await inbox.postpone(claimed, seconds=-1, because="away")

        [again] = await inbox.claim(10)

        assert (2, 0) == (again.attempt, again.crashes)

    async def test_two_replicas_never_claim_the_same(self, inbox, rival, say):
        for queue in range(40):
            await inbox.accept(say(), Admission.in_order(str(queue)))

        claims = await asyncio.gather(*(who.claim(7) for who in (inbox, rival) * 4))

        queues = [claimed.queue_key for claim in claims for claimed in claim]
        assert 40 == len(queues) == len(set(queues))


class TestLeases:
    async def test_whoever_lost_a_turn_can_write_nothing_about_it(self, database, rival, say):
        late = Inbox(database, Wakeup(), owner="late", lease=-1.0)
        await late.accept(say(), Admission.in_order("a"))
        [lost] = await late.claim(1)
        await rival.requeue_expired()
        [taken] = await rival.claim(1)

        for deed in (
            lambda: late.progress.record_asking(lost, bot="b", conversation_id="1"),
            lambda: late.progress.record_parts(lost, []),
            lambda: late.settle(lost),
            lambda: late.postpone(lost, seconds=0, because=""),
            lambda: late.dead_letter(lost, because=""),
        ):
            with pytest.raises(LeaseLost):
                await deed()
        await rival.settle(taken)

    async def test_a_renewed_turn_is_not_taken(self, inbox, rival, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)

        assert {claimed.id} == await inbox.renew([claimed.id])
        assert 0 == await rival.requeue_expired()
        assert [] == await rival.claim(1)
        assert set() == await rival.renew([claimed.id])

    async def test_a_turn_whose_owner_never_came_back_counts_a_crash(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        await inbox.claim(1)
        await inbox.requeue_expired(alone=True)

        [again] = await inbox.claim(1)

        assert (2, 1) == (again.attempt, again.crashes)

    @pytest.mark.parametrize(("freed_by", "crashes"), [("us", 0), ("them", 1)])
    async def test_who_frees_its_own_turn_has_only_stood_still(self, database, say, freed_by, crashes):
        """Else three standstills of a machine would give a question up."""
        of = {owner: Inbox(database, Wakeup(), owner=owner, lease=-1.0) for owner in ("us", "them")}
        await of["us"].accept(say(), Admission.in_order("a"))
        await of["us"].claim(1)
        await of[freed_by].requeue_expired()

        [again] = await of["us"].claim(1)

        assert (2, crashes) == (again.attempt, again.crashes)

    async def test_a_turn_handed_over_counts_none(self, inbox, rival, say):
        await inbox.accept(say(), Admission.in_order("a"))
        await inbox.release(await inbox.claim(1))

        [taken] = await rival.claim(1)

        assert (1, 0) == (taken.attempt, taken.crashes)


class TestProgress:
    async def test_a_turn_goes_on_from_what_is_written(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        await inbox.progress.record_asking(claimed, bot="helper", conversation_id="11")
        parts = [SentPart(index=0, ref=Ref("5"))]
        await inbox.progress.record_asked(
            claimed, ChatStarted(conversation_id="11", chat_id="22"), bot="helper", parts=parts
        )
        await inbox.requeue_expired(alone=True)

        [again] = await inbox.claim(1)

        expected = (Stage.ASKED, "helper", "11", "22", tuple(parts), claimed.key)
        assert expected == (again.stage, again.bot, again.conversation_id, again.chat_id, again.parts, again.key)

    async def test_a_finished_answer_is_kept_until_it_stands(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        await inbox.progress.record_answer(claimed, answer="42", tokens=9, parts=[SentPart(index=0)])
        await inbox.requeue_expired(alone=True)

        [again] = await inbox.claim(1)

        assert (Stage.ANSWERED, "42", (SentPart(index=0),)) == (again.stage, again.answer, again.parts)

    async def test_who_answered_is_told_in_that_very_chat(self, inbox, say):
        message = say()
        await inbox.accept(message, Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        assert None is await inbox.past.answered_by(claimed.key, message.where)
        await inbox.progress.record_asking(claimed, bot="helper", conversation_id="11")
        await inbox.progress.record_asked(
            claimed, ChatStarted(conversation_id="11", chat_id="22"), bot="helper", parts=()
        )
        await inbox.settle(claimed)

        asked = ChatRef(conversation_id="11", chat_id="22")
        answered = AnsweredTurn(bot="helper", conversation_owner=claimed.conversation_owner, chat=asked)
        assert answered == await inbox.past.answered_by(claimed.key, message.where)
        for elsewhere in (replace(message.where, chat="other"), replace(message.where, adapter="other")):
            assert None is await inbox.past.answered_by(claimed.key, elsewhere)
        for key in ("turn-", "turn-x", "turn-9", "1", f"turn-{10**30}", "turn-²"):
            assert None is await inbox.past.answered_by(key, message.where)

    async def test_a_question_surely_not_asked_is_asked_again(self, inbox, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        await inbox.progress.record_asking(claimed, bot="helper", conversation_id="11")
        await inbox.progress.record_not_asked(claimed)
        await inbox.postpone(claimed, seconds=0, because="refused")

        [again] = await inbox.claim(1)

        assert Stage.ACCEPTED == again.stage

    async def test_memory_belongs_to_the_scope_and_the_bot(self, inbox, database, say):
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        await inbox.progress.record_asking(claimed, bot="helper", conversation_id="11")
        await inbox.settle(claimed)
        await inbox.accept(say(), Admission.in_order("a"))
        await inbox.accept(say(), Admission.in_order("b"))

        same, other = await inbox.claim(2)
        assert ({"helper": "11"}, {}) == (same.conversations, other.conversations)

        assert 1 == await Sessions(database).begin_afresh("a")
        assert [] == await Sessions(database).search()

    async def test_a_running_answer_can_be_asked_to_stop(self, inbox, wakeup, say):
        assert Ends.NOTHING is await inbox.request_stop("a", Ends.TRIED)
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        assert [] == await inbox.interrupted([claimed.id])

        assert Ends.RUNNING is await inbox.request_stop("a", Ends.RUNNING)

        assert await wakeup.wait(0)
        assert [Interruption(turn=claimed.id, for_good=True)] == await inbox.interrupted([claimed.id])


class TestInboxAdmin:
    async def test_a_dead_message_unblocks_its_queue_and_can_be_revived(self, inbox, database, say):
        admin = InboxAdmin(database)
        await inbox.accept(say("first"), Admission.in_order("a"))
        await inbox.accept(say("second"), Admission.in_order("a"))
        [first] = await inbox.claim(1)
        await inbox.dead_letter(first, because="no such bot")
        [second] = await inbox.claim(1)
        await inbox.settle(second)

        [dead] = await admin.entries(status=TurnStatus.DEAD)
        assert (first.id, "dead", "no such bot") == (dead.id, dead.status, dead.reason)
        assert await admin.retry(dead.id)

        assert ["first"] == [claimed.message.text for claimed in await inbox.claim(1)]

    async def test_the_worker_looks_at_once_for_what_an_operator_has_mended(self, inbox, database, wakeup, say):
        admin = InboxAdmin(database, wakeup)
        await inbox.accept(say("first"), Admission.in_order("a"))
        await inbox.accept(say("second"), Admission.in_order("a"))
        [first] = await inbox.claim(1)
        await inbox.postpone(first, seconds=3600, because="later")

        for mend, text in ((admin.retry, "first"), (admin.drop, "second")):
            await wakeup.wait(0)  # of what was before
            assert await mend(first.id)

            async with asyncio.timeout(20):
                await wakeup.wait(3600)
            [claimed] = await inbox.claim(1)
            assert text == claimed.message.text
            await inbox.postpone(claimed, seconds=3600, because="later")

    async def test_a_dropped_message_is_not_answered(self, inbox, database, say):
        admin = InboxAdmin(database)
        await inbox.accept(say(), Admission.in_order("a"))
        [entry] = await admin.entries()

        assert await admin.drop(entry.id)

        assert [] == await inbox.claim(1)
        assert not await admin.drop(entry.id)
        assert {"waiting": 0, "running": 0, "dead": 0} == await admin.counts()

    async def test_a_running_message_is_left_alone(self, inbox, database, say):
        admin = InboxAdmin(database)
        await inbox.accept(say(), Admission.in_order("a"))
        [claimed] = await inbox.claim(1)

        assert not await admin.drop(claimed.id)
        assert not await admin.retry(claimed.id)
        assert "running" == (await admin.show(claimed.id)).status


class TestRetention:
    async def test_finished_messages_go_and_their_keys_stay(self, database, inbox, say):
        message = say()
        await inbox.accept(message, Admission.in_order("a"))
        [claimed] = await inbox.claim(1)
        await inbox.settle(claimed)

        assert 0 == await Retention(database).prune(bodies=3600, keys=3600)
        assert 1 == await Retention(database).prune(bodies=-1, keys=3600)

        assert Accepted.REPEATED == await inbox.accept(message, Admission.in_order("a"))

    def test_a_place_has_one_name(self):
        assert "slack/T1/C1/9.9" == str(Place(adapter="slack", workspace="T1", chat="C1", thread="9.9"))
