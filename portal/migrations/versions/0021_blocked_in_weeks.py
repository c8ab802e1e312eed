"""How many of a week's looks were blocked attempts; of weeks that were told before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbox_notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blocked", sa.Integer(), nullable=True))
