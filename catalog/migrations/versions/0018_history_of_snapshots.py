"""history of snapshots"""

import sqlalchemy as sa
from alembic import op

revision = "history_of_snapshots"
down_revision = "datasets_created_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("snapshots", sa.Column("history", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("snapshots", "history")
