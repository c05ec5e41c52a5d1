"""with which validators feeds are asked"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ADDED = ("asks_with", "asks_since", "ignored", "whole_at")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column(
        "feed", sa.Column("asks_with", sa.String(), nullable=False, server_default="both")
    )
    op.add_column("feed", sa.Column("asks_since", moment, nullable=True))
    op.add_column("feed", sa.Column("ignored", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("feed", sa.Column("whole_at", moment, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("feed") as batch:
        for name in ADDED:
            batch.drop_column(name)
