"""The inbox, who remembers what with whom, and the leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _inbox()
    _indexes()
    _what_is_known()
    _memory()
    _links()
    _limits()
    _secrets()


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("adapter", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("queue_key", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("due", sa.Double, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("retries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.Text),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", sa.Double),
        sa.Column("accepted_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double),
        sa.Column("message", sa.Text),
        sa.Column("edit", sa.Text),
        sa.Column("stage", sa.Text, nullable=False, server_default="accepted"),
        sa.Column("bot", sa.Text),
        sa.Column("conversation_id", sa.Text),
        sa.Column("chat_id", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("follow_ups", sa.Text, nullable=False, server_default="[]"),
        sa.Column("parts", sa.Text, nullable=False, server_default="[]"),
        sa.Column("failure_notified", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("stop_requested", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("ended", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("tokens", sa.Integer, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.01},
    )


def _indexes() -> None:
    for name, columns, status, unique in (
        ("inbox_queue", ["queue_key", "id"], "status < 2", False),
        ("inbox_waiting", ["id"], "status = 0", False),
        ("inbox_running", ["queue_key"], "status = 1", True),
        ("inbox_finished", ["finished_at"], "status > 1", False),
        ("inbox_dead", ["id"], "status = 3", False),
    ):
        where = sa.text(status)
        op.create_index(name, "inbox", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _what_is_known() -> None:
    op.create_table(
        "dedupe_keys",
        sa.Column("adapter", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("seen_at", sa.Double, nullable=False),
    )
    op.create_index("dedupe_keys_seen_at", "dedupe_keys", ["seen_at"])
    op.create_table(
        "engaged_threads",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("used_at", sa.Double, nullable=False),
    )
    op.create_index("engaged_threads_used_at", "engaged_threads", ["used_at"])
    op.create_table(
        "people",
        sa.Column("adapter", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
    )
    op.create_index("people_seen_at", "people", ["seen_at"])


def _memory() -> None:
    op.create_table(
        "sessions",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("bot", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("used_at", sa.Double, nullable=False),
        sa.Column("resume_token", sa.Text),
        sa.Column("answered_turn", sa.BigInteger),
    )
    op.create_index("sessions_used", "sessions", ["used_at"])
    op.create_index("sessions_user", "sessions", ["user_id"])
    op.create_table(
        "choices",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("person", sa.Text),
        sa.Column("bot", sa.Text),
        sa.Column("start", sa.Text, nullable=False),
        sa.Column("chosen_at", sa.Double, nullable=False),
    )
    op.create_index("choices_chosen_at", "choices", ["chosen_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("home", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("host_language", sa.Text),
        sa.Column("since", sa.Double, nullable=False),
    )
    op.create_index("links_host", "links", ["host"])
    op.create_table(
        "link_codes",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("made_at", sa.Double, nullable=False),
    )


def _limits() -> None:
    op.create_table(
        "former_chats",
        sa.Column("adapter", sa.Text, primary_key=True),
        sa.Column("chat", sa.Text, primary_key=True),
        sa.Column("former", sa.Text, nullable=False),
        sa.Column("moved_at", sa.Double, nullable=False),
    )
    op.create_table(
        "pairings",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Double, nullable=False),
        sa.Column("let_in_at", sa.Double),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
    )
    op.create_table(
        "pauses",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("since", sa.Double, nullable=False),
    )
    op.create_table(
        "allowances",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("full_at", sa.Double, nullable=False),
        sa.Column("window_seconds", sa.Double, nullable=False),
        sa.Column("told_until", sa.Double, nullable=False),
    )
    op.create_index("allowances_full_at", "allowances", ["full_at"])


def _secrets() -> None:
    op.create_table(
        "adapter_secrets",
        sa.Column("adapter", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("valid_until", sa.Double),
    )


def downgrade() -> None:
    for table in (
        "adapter_secrets",
        "former_chats",
        "pairings",
        "pauses",
        "allowances",
        "leases",
        "link_codes",
        "links",
        "choices",
        "sessions",
        "people",
        "engaged_threads",
        "dedupe_keys",
        "inbox",
    ):
        op.drop_table(table)
