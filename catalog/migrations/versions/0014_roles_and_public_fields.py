"""roles held once; fields as the public knows them"""

import sqlalchemy as sa
from alembic import op

revision = "roles_and_public_fields"
down_revision = "datasets_listed"
branch_labels = None
depends_on = None

_WHERE = sa.text("unit_id IS NULL")


def upgrade() -> None:
    op.add_column("datasets", sa.Column("public_fields", sa.JSON(), nullable=True))
    # A role for the whole platform was so for all of it already, whatever unit stood beside it.
    op.execute("UPDATE memberships SET unit_id = NULL WHERE role NOT IN ('editor', 'reviewer')")
    op.execute(
        "DELETE FROM memberships WHERE unit_id IS NULL AND id NOT IN (SELECT min(id) FROM "
        "memberships WHERE unit_id IS NULL GROUP BY user_id, role)"
    )
    op.create_index(
        "uq_memberships_platform", "memberships", ["user_id", "role"], unique=True,
        sqlite_where=_WHERE, postgresql_where=_WHERE,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_memberships_platform", table_name="memberships")
    op.drop_column("datasets", "public_fields")
