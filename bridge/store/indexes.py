"""
The indexes of the tables, and how PostgreSQL keeps them; for the schema's history and its tests.

No statement needs them, and a condition for PostgreSQL loads SQLAlchemy's whole dialect for it: 2 MB on a daemon with SQLite.
"""

from sqlalchemy import Index, text

from bridge.store.tables import allowances, choices, dedupe_keys, engaged_threads, inbox, links, people, sessions

Index(
    "inbox_queue", inbox.c.queue_key, inbox.c.id, sqlite_where=text("status < 2"), postgresql_where=text("status < 2")
)
Index("inbox_waiting", inbox.c.id, sqlite_where=text("status = 0"), postgresql_where=text("status = 0"))
Index(
    "inbox_running",  # unique: of one queue, never two at once
    inbox.c.queue_key,
    unique=True,
    sqlite_where=text("status = 1"),
    postgresql_where=text("status = 1"),
)
Index("inbox_finished", inbox.c.finished_at, sqlite_where=text("status > 1"), postgresql_where=text("status > 1"))
Index("inbox_dead", inbox.c.id, sqlite_where=text("status = 3"), postgresql_where=text("status = 3"))
Index("dedupe_keys_seen_at", dedupe_keys.c.seen_at)
Index("engaged_threads_used_at", engaged_threads.c.used_at)
Index("people_seen_at", people.c.seen_at)
Index("sessions_used", sessions.c.used_at)
Index("sessions_user", sessions.c.user_id)
Index("choices_chosen_at", choices.c.chosen_at)
Index("links_host", links.c.host)
Index("allowances_full_at", allowances.c.full_at)

inbox.dialect_options["postgresql"]["with"] = {"autovacuum_vacuum_scale_factor": 0.01}
"""A claim walks past what died among the rows that wait."""
