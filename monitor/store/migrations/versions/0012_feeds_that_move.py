"""feeds that move"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("moving_to", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "feed", sa.Column("moving_votes", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("feed", sa.Column("moving_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("feed") as batch:
        for name in ("moving_to", "moving_votes", "moving_since"):
            batch.drop_column(name)
