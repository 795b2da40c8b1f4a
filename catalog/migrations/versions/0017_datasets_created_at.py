"""datasets created at"""

from alembic import op

revision = "datasets_created_at"
down_revision = "regions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_datasets_created_at", "datasets", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_datasets_created_at", table_name="datasets")
