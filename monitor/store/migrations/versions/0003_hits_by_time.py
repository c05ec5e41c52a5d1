"""hits by the time they were found"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_hit_found_at"), "hit", ["found_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_hit_found_at"), table_name="hit")
