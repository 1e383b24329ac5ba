"""What a bot asked back, on SQLite and on PostgreSQL: on disk together with the answer that asks it."""

from bridge.store.admission import Admission
from bridge.store.sessions import Sessions


async def turn(inbox, say, *, bot="flow", scope="a", resume_token=None):
    """A message answered to the end; gives the claim it was answered under."""
    await inbox.accept(say(), Admission.in_order(scope))
    [claimed] = await inbox.claim(1)
    await inbox.progress.record_asking(claimed, bot=bot, conversation_id="workflow")
    await inbox.progress.record_answer(claimed, answer="?", tokens=0, parts=(), resume_token=resume_token)
    await inbox.settle(claimed)
    return claimed


async def test_the_next_message_finds_what_waits_for_it(inbox, say):
    await turn(inbox, say, resume_token="token 1")

    assert {"flow": "token 1"} == (await turn(inbox, say, resume_token="token 2")).resume_tokens
    assert {"flow": "token 2"} == (await turn(inbox, say)).resume_tokens
    assert {} == (await turn(inbox, say)).resume_tokens


async def test_it_waits_while_its_answer_is_worked_on(inbox, say):
    """A process that dies over the answer leaves the question open for the next one."""
    await turn(inbox, say, resume_token="token")
    await inbox.accept(say(), Admission.in_order("a"))
    [claimed] = await inbox.claim(1)
    await inbox.progress.record_asking(claimed, bot="flow", conversation_id="workflow")
    await inbox.requeue_expired(alone=True)

    [again] = await inbox.claim(1)

    assert {"flow": "token"} == again.resume_tokens


async def test_nobody_answers_for_others_or_to_another_bot(inbox, say):
    await turn(inbox, say, resume_token="token")

    assert {} == (await turn(inbox, say, scope="b")).resume_tokens
    assert {"flow": "token"} == (await turn(inbox, say, bot="assistant")).resume_tokens
    assert {"flow": "token"} == (await turn(inbox, say, bot="assistant")).resume_tokens


async def test_whoever_forgets_a_session_forgets_what_waits_in_it(database, inbox, say):
    await turn(inbox, say, resume_token="token")
    await Sessions(database).begin_afresh("a")

    assert {} == (await turn(inbox, say)).resume_tokens
