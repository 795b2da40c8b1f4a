"""publication points"""

import sqlalchemy as sa
from alembic import op

revision = "publication_points"
down_revision = "publications_listed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("points", sa.Integer(), nullable=True))
    # Every document is looked at again, which gives it its points.
    op.execute("INSERT INTO publication_changes (dataset_id) SELECT dataset_id FROM publications")


def downgrade() -> None:
    with op.batch_alter_table("publications") as table:
        table.drop_column("points")
