"""Programs that prove themselves by keys, and tokens that are bound to one."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "read_proofs",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_read_proofs")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("read_proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_read_proofs_until"), ["until"], unique=False)

    op.create_table(
        "used_proofs",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_used_proofs")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("used_proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_proofs_until"), ["until"], unique=False)

    op.create_table(
        "client_keys",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kid", sa.String(length=120), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("jwk", db.Json, nullable=False),
        sa.Column("added_at", db.UtcDateTime, nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_keys_client_id_clients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_keys")),
        sa.UniqueConstraint("client_id", "thumbprint", name=op.f("uq_client_keys_client_id_thumbprint")),
    )
    with op.batch_alter_table("client_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_keys_client_id"), ["client_id"], unique=False)

    with op.batch_alter_table("authorization_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("jkt", sa.LargeBinary(length=32), nullable=True))

    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.alter_column("secret_hash", existing_type=sa.LargeBinary(length=32), nullable=True)

    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("jkt", sa.LargeBinary(length=32), nullable=True))

    with op.batch_alter_table("pushed_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("request_id", sa.LargeBinary(length=16), nullable=True))
        batch_op.create_index(batch_op.f("ix_pushed_requests_request_id"), ["request_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_pushed_requests_request_id_requests"), "requests", ["request_id"], ["id"]
        )

    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("jkt", sa.LargeBinary(length=32), nullable=True))
