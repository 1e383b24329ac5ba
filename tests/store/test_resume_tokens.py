"""What a bot asked back, on SQLite and on PostgreSQL: on disk together with the answer that asks it."""

from bridge.store.sessions import Sessions


async def turn(inbox, say, *, bot="flow", scope="a", waits=None):
    """A message answered to the end; gives the claim it was answered under."""
    await inbox.accept(say(), scope=scope)
    [claimed] = await inbox.claim(1)
    await inbox.asking(claimed, bot=bot, conversation_id="workflow")
    await inbox.answered(claimed, answer="?", tokens=0, shown=(), waits=waits)
    await inbox.settle(claimed)
    return claimed


async def test_the_next_message_finds_what_waits_for_it(inbox, say):
    await turn(inbox, say, waits="token 1")

    assert {"flow": "token 1"} == (await turn(inbox, say, waits="token 2")).waiting
    assert {"flow": "token 2"} == (await turn(inbox, say)).waiting
    assert {} == (await turn(inbox, say)).waiting


async def test_it_waits_while_its_answer_is_worked_on(inbox, say):
    """A process that dies over the answer leaves the question open for the next one."""
    await turn(inbox, say, waits="token")
    await inbox.accept(say(), scope="a")
    [claimed] = await inbox.claim(1)
    await inbox.asking(claimed, bot="flow", conversation_id="workflow")
    await inbox.reap(alone=True)

    [again] = await inbox.claim(1)

    assert {"flow": "token"} == again.waiting


async def test_nobody_answers_for_others_or_to_another_bot(inbox, say):
    await turn(inbox, say, waits="token")

    assert {} == (await turn(inbox, say, scope="b")).waiting
    assert {"flow": "token"} == (await turn(inbox, say, bot="assistant")).waiting
    assert {"flow": "token"} == (await turn(inbox, say, bot="assistant")).waiting


async def test_whoever_forgets_a_session_forgets_what_waits_in_it(database, inbox, say):
    await turn(inbox, say, waits="token")
    await Sessions(database).forget("a")

    assert {} == (await turn(inbox, say)).waiting
