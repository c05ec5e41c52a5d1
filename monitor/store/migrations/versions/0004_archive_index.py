"""the archive's index

SQLite: FTS5 without contents and without positions; PostgreSQL: tsvector. It is empty and fills
itself: what was stored before is indexed page by page while the monitor works.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    letters = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "word",
        sa.Column("text", letters, nullable=False),
        sa.Column("written", letters, nullable=False),
        sa.PrimaryKeyConstraint("text", "written", name=op.f("pk_word")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "indexed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indexed")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE archive_index (number bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_archive_index_words ON archive_index USING gin (words)")
    else:
        # numbers keep their point (2.5), and what is no token of ours (,all) its comma
        op.execute(
            "CREATE VIRTUAL TABLE archive_index USING fts5(words, content='', columnsize=0,"
            " detail=none, tokenize=\"ascii tokenchars '.,'\")"
        )


def downgrade() -> None:
    op.execute("DROP TABLE archive_index")
    op.drop_table("indexed")
    op.drop_table("word")
