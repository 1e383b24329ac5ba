"""A message that its platform tells twice: the first copy is kept at once, and what another one adds is never lost."""

import pytest

from bridge.sdk.copies import CAME_LATE
from bridge.sdk.errors import LeaseLost
from bridge.sdk.model import Attachment, ChatType, CommandName, Forward, MediaKind, Person, Quote
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted

PLAN = Attachment(kind=MediaKind.FILE, handle="F1", name="plan.txt")
PHOTO = Attachment(kind=MediaKind.IMAGE, handle="F2", name="photo.jpg")
WORDS = "what is it?"


@pytest.fixture
def copies(say):
    """Make copies of one message: each has a key of its own, and one that they share."""

    def make(*differences, text=WORDS):
        return [
            say(**{"text": text, "chat_type": ChatType.CHANNEL, "is_copy": True} | more)
            for number, more in enumerate(differences)
            for more in [{"dedupe_keys": (f"event:{number}", "message:C1:1")} | more]
        ]

    return make


@pytest.fixture
def replicas(inbox, rival):
    """Two replicas' inboxes on the same database."""
    return inbox, rival


async def told(inbox, *messages, admission=None):
    """What became of each of them."""
    return [await inbox.accept(message, admission or Admission.in_order("a")) for message in messages]


async def rest(inbox):
    """All that can be claimed, answered one after the other."""
    messages = []
    while claims := await inbox.claim(10):
        for claimed in claims:
            messages.append(claimed.message)
            await inbox.settle(claimed)
    return messages


class TestNobodyHasClaimedIt:
    async def test_the_first_copy_waits_for_nothing(self, inbox, copies):
        [first] = copies({})
        await told(inbox, first)

        assert [first] == await rest(inbox)

    async def test_a_copy_that_says_the_same_changes_nothing(self, inbox, copies):
        assert [Accepted.KEPT, Accepted.REPEATED] == await told(inbox, *copies({}, {}))
        assert [WORDS] == [message.text for message in await rest(inbox)]

    @pytest.mark.parametrize(
        ("one", "other"),
        {
            "a file": ({}, {"attachments": (PLAN,)}),
            "another file": ({"attachments": (PLAN,)}, {"attachments": (PHOTO, PLAN)}),
            "a forwarded message": ({}, {"forwards": (Forward(text="see this"),)}),
            "more words": ({}, {"text": f"{WORDS} and why?"}),
            "how many listen": ({}, {"chat_type": ChatType.GROUP}),
            "that it was no command": ({"text": "", "command": CommandName.HELP}, {"attachments": (PLAN,)}),
        }.values(),
    )
    @pytest.mark.parametrize("order", [1, -1])
    async def test_the_question_holds_what_either_has(self, replicas, copies, one, other, order):
        """Also where two replicas hear one copy each, and whichever came first."""
        inbox, rival = replicas
        first, second = copies(one, other)[::order]
        assert Accepted.KEPT == await inbox.accept(first, Admission.in_order("a"))
        await rival.accept(second, Admission.in_order("a"))
        [message] = await rest(rival)
        richer = max(first, second, key=lambda each: (len(each.attachments), len(each.forwards), len(each.text)))

        assert (richer.text, richer.command) == (message.text, message.command)
        assert {each.handle for copy in (first, second) for each in copy.attachments} == {
            each.handle for each in message.attachments
        }
        assert first.forwards + second.forwards == message.forwards
        assert (ChatType.GROUP in (first.chat_type, second.chat_type)) is (message.chat_type is ChatType.GROUP)

    async def test_a_redelivered_copy_is_a_repetition(self, inbox, copies):
        first, second = copies({}, {"attachments": (PLAN,)})

        assert [Accepted.KEPT, Accepted.COMPLETED, Accepted.REPEATED, Accepted.REPEATED] == await told(
            inbox, first, second, second, first
        )

    async def test_a_copy_that_lacks_something_waits_for_the_other(self, inbox, copies):
        first, second = copies({"is_partial": True}, {})
        await told(inbox, first)
        assert [] == await inbox.claim(10)

        assert [Accepted.COMPLETED] == await told(inbox, second)
        assert [False] == [message.is_partial for message in await rest(inbox)]

    async def test_it_waits_for_so_long_and_no_longer(self, inbox, copies):
        await told(inbox, *copies({"is_partial": True}))
        await inbox.retry_postponed_now()  # as if that time had passed

        assert [WORDS] == [message.text for message in await rest(inbox)]

    async def test_somebody_elses_message_is_left_alone(self, inbox, copies, say):
        first, second = copies({}, {"attachments": (PLAN,), "author": Person(id="8")})
        await told(inbox, first, say("another", chat="8"))

        assert [Accepted.REPEATED] == await told(inbox, second)
        assert [(), ()] == [message.attachments for message in await rest(inbox)]

    async def test_what_is_no_copy_is_a_repetition(self, inbox, copies):
        first, second = copies({"is_copy": False}, {"is_copy": False, "attachments": (PLAN,)})

        assert [Accepted.KEPT, Accepted.REPEATED] == await told(inbox, first, second)


class TestItIsClaimed:
    async def test_before_the_bot_is_asked_the_file_joins_the_question(self, inbox, copies):
        """Whoever works on it finds that it is not theirs any more, and asks nothing."""
        first, second = copies({}, {"attachments": (PLAN,)})
        await told(inbox, first)
        [claimed] = await inbox.claim(10)
        assert [Accepted.COMPLETED] == await told(inbox, second)
        with pytest.raises(LeaseLost):
            await inbox.progress.record_asking(claimed, bot="assistant", conversation_id="1")
        [anew] = await inbox.claim(10)

        assert ((PLAN,), claimed.id, 0) == (anew.message.attachments, anew.id, anew.crashes)

    async def test_a_crash_between_the_copies_changes_nothing(self, inbox, rival, copies):
        first, second = copies({}, {"attachments": (PLAN,)})
        await told(inbox, first)
        await inbox.claim(10)
        await rival.requeue_expired(alone=True)
        await told(rival, second)

        assert [(PLAN,)] == [message.attachments for message in await rest(rival)]

    async def test_while_the_bot_answers_the_answer_is_given_anew_with_the_file(self, inbox, copies):
        first, second = copies({}, {"attachments": (PLAN,)})
        await told(inbox, first)
        [claimed] = await inbox.claim(10)
        await inbox.progress.record_asking(claimed, bot="assistant", conversation_id="1")
        assert [Accepted.COMPLETED, Accepted.REPEATED] == await told(inbox, second, second)
        await inbox.reopen(claimed)  # as whoever answers does, once told
        [message] = await rest(inbox)

        assert (WORDS, (PLAN,)) == (message.text, message.attachments)

    async def test_once_it_was_answered_the_file_is_the_next_question(self, inbox, copies):
        first, second = copies({}, {"attachments": (PLAN,)})
        await told(inbox, first)
        await rest(inbox)
        assert [Accepted.KEPT, Accepted.REPEATED] == await told(inbox, second, second)
        [late] = await rest(inbox)

        assert (CAME_LATE, (PLAN,)) == (late.text, late.attachments)
        assert Quote(text=WORDS, author="Ann") == late.quote

    async def test_words_that_come_late_are_asked_as_they_are(self, inbox, copies):
        first, second = copies({}, {"text": f"{WORDS} And why?"})
        await told(inbox, first)
        await rest(inbox)
        await told(inbox, second)

        assert [(f"{WORDS} And why?", None)] == [(late.text, late.quote) for late in await rest(inbox)]

    @pytest.mark.parametrize("less", [{"text": "what"}, {"text": f" {WORDS} "}, {"chat_type": ChatType.GROUP}])
    async def test_what_adds_nothing_asks_nothing(self, inbox, copies, less):
        first, second = copies({}, less)
        await told(inbox, first)
        await rest(inbox)

        assert [Accepted.REPEATED] == await told(inbox, second)

    async def test_a_command_that_was_carried_out_is_not_carried_out_again(self, inbox, copies):
        first, second = copies({"command": CommandName.HELP, "text": ""}, {"attachments": (PLAN,)})
        await told(inbox, first, admission=Admission.past_answers("a"))
        [claimed] = await inbox.claim(10)
        await told(inbox, second)
        await inbox.settle(claimed)

        assert [(None, (PLAN,))] == [(late.command, late.attachments) for late in await rest(inbox)]
