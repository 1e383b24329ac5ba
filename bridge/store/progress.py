"""
Writes down how far a turn is, stage by stage, so that a crash loses nothing.

Every method gives a future. A caller that must not go on before the write is durable awaits it; all others go on meanwhile. Writes
become durable in the order in which they were made. Each raises `LeaseLost` if the turn is not ours any more.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select, update

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.sdk.charges import Charge
from bridge.sdk.cleaning import storable
from bridge.sdk.model import Inbound
from bridge.store.allowances import Allowances
from bridge.store.claim import MESSAGE, Stage, Turn, dump_parts
from bridge.store.database import Database
from bridge.store.held import HeldTurns
from bridge.store.statements import insert_of, text_parameter
from bridge.store.tables import inbox, now, sessions


class Progress:
    """The progress of the turns that one replica has claimed."""

    def __init__(self, database: Database, held: HeldTurns, allowances: Allowances) -> None:
        self._database = database
        self._allowances = allowances
        self._held = held
        given = ("scope", "bot", "user_id", "conversation_id", "place")
        row = select(inbox.c.scope, *map(text_parameter, given[1:]), now(), now())  # as it is by now: a chat may move
        unless_stopped = row.where(inbox.c.id == bindparam("turn"), ~inbox.c.stop_requested)
        remember = insert_of(database)(sessions).from_select([*given, "opened_at", "used_at"], unless_stopped)
        fresh = {name: remember.excluded[name] for name in ("user_id", "conversation_id", "place", "used_at")}
        self._upsert_session = remember.on_conflict_do_update(index_elements=["scope", "bot"], set_=fresh)
        turn = inbox.c.id == bindparam("turn")
        asked = select(inbox.c.bot).where(turn).scalar_subquery()
        in_it, scope = (
            select(column).where(turn).scalar_subquery() for column in (inbox.c.conversation_id, inbox.c.scope)
        )
        session = (sessions.c.scope == scope, sessions.c.bot == asked, sessions.c.conversation_id == in_it)
        answered = update(sessions).where(*session)
        self._record_answered = answered.values(resume_token=bindparam("now"), answered_turn=bindparam("answered"))

    def record_question(self, claimed: Turn, message: Inbound) -> asyncio.Future[None]:
        """Write down the question that is asked in place of the message."""
        return self._held.write(claimed, message=MESSAGE.dump_json(message).decode())

    def record_asking(self, claimed: Turn, *, bot: str, conversation_id: str) -> asyncio.Future[None]:
        """
        Write down that this bot is about to be asked in that conversation.

        A first conversation becomes the scope's memory at once; one that replaces another, once the bot has taken the question.
        """
        values = {"stage": Stage.ASKING, "bot": bot, "conversation_id": conversation_id, "chat_id": None}

        def write(connection: Connection) -> None:
            self._held.update(connection, claimed, **values)
            if claimed.conversations.get(bot, conversation_id) == conversation_id:
                self._remember(connection, claimed, bot, conversation_id)

        return self._database.write(write, retry_while_away=True)

    def record_asked(
        self, claimed: Turn, begun: ChatStarted, *, bot: str, parts: Iterable[SentPart], asked_in: str | None = None
    ) -> asyncio.Future[None]:
        """
        Write down the chat at the bot's side, and the intent to send the first message.

        *asked_in*: the conversation that was given to `record_asking`.
        """
        conversation_id = begun.conversation_id
        memory = claimed.conversations.get(bot, asked_in)
        values = {"conversation_id": conversation_id, "chat_id": begun.chat_id, "parts": dump_parts(parts)}

        def write(connection: Connection) -> None:
            self._held.update(connection, claimed, stage=Stage.ASKED, **values)
            if conversation_id != memory:
                self._remember(connection, claimed, bot, conversation_id)

        return self._database.write(write, retry_while_away=True)

    def record_not_asked(self, claimed: Turn) -> asyncio.Future[None]:
        """Write down that the bot has surely not taken the question, or will never answer it: it may be asked again."""
        return self._held.write(claimed, stage=Stage.ACCEPTED, chat_id=None)

    def record_answer(
        self,
        claimed: Turn,
        *,
        answer: str,
        tokens: int,
        parts: Iterable[SentPart],
        follow_ups: tuple[str, ...] = (),
        resume_token: str | None = None,
        charges: Sequence[Charge] = (),
    ) -> asyncio.Future[None]:
        """Write down the whole answer, its cost, what the bot waits for now, and the intents to send its messages."""
        said = {"answer": storable(answer), "follow_ups": json.dumps(follow_ups), "tokens": tokens}
        values = {"stage": Stage.ANSWERED, **said, "parts": dump_parts(parts)}
        answered = {"turn": claimed.id, "answered": claimed.id, "now": resume_token}

        def write(connection: Connection) -> None:
            self._held.update(connection, claimed, **values)
            connection.execute(self._record_answered, answered)
            if charges:
                self._allowances.charge(connection, charges)

        return self._database.write(write, retry_while_away=True)

    def record_parts(self, claimed: Turn, parts: Iterable[SentPart]) -> asyncio.Future[None]:
        """Write down the intents to send messages, and the messages that stand."""
        return self._held.write(claimed, parts=dump_parts(parts))

    def record_failure_notice(self, claimed: Turn) -> asyncio.Future[None]:
        """Write down that the person is about to be told of trouble; raises `Unreachable` while the database is away."""
        return self._database.write(lambda connection: self._held.update(connection, claimed, failure_notified=True))

    def _remember(self, connection: Connection, claimed: Turn, bot: str, conversation_id: str) -> None:
        """Make the conversation the scope's memory, unless the turn was told to stop: a memory that was forgotten stays so."""
        session = {"bot": bot, "user_id": claimed.user_id, "conversation_id": conversation_id}
        where = {"turn": claimed.id, "place": str(claimed.message.where)}
        connection.execute(self._upsert_session, {**session, **where})
