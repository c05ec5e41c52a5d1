"""habits and wishes of feeds"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OPTIONAL = ("fresh_s", "interval_s")
LISTS = ("skip_hours", "skip_days", "gaps_s")


def upgrade() -> None:
    for name in OPTIONAL:
        op.add_column("feed", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("feed", sa.Column("bare", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("feed", sa.Column("wish_s", sa.Float(), nullable=False, server_default="0"))
    for name in LISTS:
        op.add_column("feed", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("feed") as batch:
        for name in (*OPTIONAL, "bare", "wish_s", *LISTS):
            batch.drop_column(name)
