"""The newest messages of a person, as long as they are kept."""

from typing import Final

from sqlalchemy import bindparam, func, select

from bridge.sdk.model import ChatType, Inbound
from bridge.store.claim import read_stored
from bridge.store.database import Database
from bridge.store.tables import inbox

LOOKED_BACK: Final = 20_000
"""Messages of all people among which those of one person are looked for."""

THEIRS_MOST: Final = 50
"""Messages of one person that are looked at for a private one."""

HEARD_LATELY: Final = select(inbox.c.message).where(
    inbox.c.id > select(func.coalesce(func.max(inbox.c.id), 0) - LOOKED_BACK).scalar_subquery(),
    inbox.c.adapter == bindparam("by"),
    inbox.c.person == bindparam("of"),
    inbox.c.message.is_not(None),
)
"""The messages of a person (`of`) of an adapter (`by`) among the last of all people."""

_NEWEST: Final = HEARD_LATELY.order_by(inbox.c.id.desc()).limit(THEIRS_MOST)


async def newest_in_private(database: Database, adapter: str, person: str) -> Inbound | None:
    """The newest private message of that *person*; None if none is known any more."""
    asked = {"by": adapter, "of": person}
    rows = await database.read(lambda connection: connection.execute(_NEWEST, asked).all())
    messages = (read_stored(row.message) for row in rows)
    return next((one for one in messages if one and one.chat_type is ChatType.PRIVATE), None)
