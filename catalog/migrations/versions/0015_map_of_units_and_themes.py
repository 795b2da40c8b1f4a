"""units and themes together in the ledger of openness; versions of requests and notices; sets of
corrections"""

import sqlalchemy as sa
from alembic import op

import catalog.db

revision = "map_of_units_and_themes"
down_revision = "roles_and_public_fields"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "openness_state", sa.Column("map_from", sa.Integer(), nullable=False, server_default="0")
    )
    for table in ("requests", "notices"):
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "correction_sets",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(1000), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=True),
        sa.Column("drafted_by_name", sa.String(64), nullable=False),
        sa.Column("drafted_at", catalog.db.UtcDateTime(), nullable=False),
        sa.Column("decided_by_name", sa.String(64), nullable=False),
        sa.Column("decided_at", catalog.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_correction_sets_drafted_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_sets")),
    )
    # A ledger kept so far has no cells of both: facts answer until the night, when it is made again.
    op.execute(
        "UPDATE openness_state SET ready = false "
        "WHERE differences = 0 AND EXISTS (SELECT 1 FROM openness_cells)"
    )


def downgrade() -> None:
    op.drop_table("correction_sets")
    for table in ("requests", "notices"):
        op.drop_column(table, "version")
    op.execute(
        "DELETE FROM openness_ledger WHERE cell_id IN (SELECT id FROM openness_cells WHERE kind = 'both')"
    )
    op.execute("DELETE FROM openness_cells WHERE kind = 'both'")
    op.drop_column("openness_state", "map_from")
