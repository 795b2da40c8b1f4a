"""openness ledger"""

import sqlalchemy as sa
from alembic import op

import catalog.db

revision = "openness_ledger"
down_revision = "targets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openness_cells",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openness_cells")),
        sa.UniqueConstraint(
            "kind", "unit_id", "theme", name=op.f("uq_openness_cells_kind_unit_id_theme")
        ),
    )
    op.create_table(
        "openness_ledger",
        sa.Column("cell_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("conditional", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("uncovered", sa.Integer(), nullable=False),
        sa.Column("unpublished", sa.Integer(), nullable=False),
        sa.Column("unassessed", sa.Integer(), nullable=False),
        sa.Column("unpublished_conditional", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("due_open", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Integer(), nullable=False),
        sa.Column("fields_open", sa.Integer(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("records_open", sa.BigInteger(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=False),
        sa.Column("verified_due", sa.Integer(), nullable=False),
        sa.Column("verified_fields", sa.Integer(), nullable=False),
        sa.Column("verified_records", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cell_id", "grain", "day", name=op.f("pk_openness_ledger")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "openness_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("built_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("compared_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openness_state")),
    )
    op.create_table(
        "unit_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("on_roster", sa.Boolean(), nullable=False),
        sa.Column("certified_empty", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["units.id"], name=op.f("fk_unit_facts_parent_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_unit_facts_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_facts")),
    )
    with op.batch_alter_table("unit_facts", schema=None) as batch_op:
        batch_op.create_index("ix_unit_facts_unit", ["unit_id", "superseded_at"], unique=False)

    op.create_table(
        "availability_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("checked_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_availability_facts_dataset_id_datasets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_facts")),
    )
    with op.batch_alter_table("availability_facts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_availability_facts_checked", ["superseded_at", "checked_at"], unique=False
        )
        batch_op.create_index(
            "ix_availability_facts_dataset", ["dataset_id", "superseded_at"], unique=False
        )

    with op.batch_alter_table("dataset_facts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("validated", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("machine_readable", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("licensed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("overdue_from", sa.Date(), nullable=True))
        batch_op.alter_column(
            "records", existing_type=sa.INTEGER(), type_=sa.BigInteger(), existing_nullable=False
        )

    _fill()


def downgrade() -> None:
    with op.batch_alter_table("dataset_facts", schema=None) as batch_op:
        batch_op.alter_column(
            "records", existing_type=sa.BigInteger(), type_=sa.INTEGER(), existing_nullable=False
        )
        batch_op.drop_column("overdue_from")
        batch_op.drop_column("licensed")
        batch_op.drop_column("machine_readable")
        batch_op.drop_column("validated")

    with op.batch_alter_table("availability_facts", schema=None) as batch_op:
        batch_op.drop_index("ix_availability_facts_dataset")
        batch_op.drop_index("ix_availability_facts_checked")

    op.drop_table("availability_facts")
    with op.batch_alter_table("unit_facts", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_facts_unit")

    op.drop_table("unit_facts")
    op.drop_table("openness_state")
    op.drop_table("openness_ledger")
    op.drop_table("openness_cells")


def _fill() -> None:
    """Rosters known so far become facts; a ledger over facts that stand already waits to be built."""
    connection = op.get_bind()
    tables = sa.MetaData()
    units, unit_facts, facts, state = (
        sa.Table(name, tables, autoload_with=connection)
        for name in ("units", "unit_facts", "dataset_facts", "openness_state")
    )
    rows = []
    for unit in connection.execute(sa.select(units)):
        cuts = {unit.roster_from, unit.roster_to, unit.empty_from, unit.empty_to} - {None}
        begins = sorted(day for day in cuts if day >= unit.roster_from)
        for start, end in zip(begins, [*begins[1:], None], strict=True):
            certified = unit.empty_from is not None and unit.empty_from <= start
            rows.append(
                {
                    "unit_id": unit.id,
                    "on_roster": unit.roster_to is None or start < unit.roster_to,
                    "certified_empty": certified
                    and (unit.empty_to is None or start < unit.empty_to),
                    "kind": unit.kind,
                    "region": unit.region,
                    "parent_id": unit.parent_id,
                    "valid_from": start,
                    "valid_to": end,
                    "recorded_at": unit.created_at,
                }
            )
    if rows:
        connection.execute(sa.insert(unit_facts), rows)
    held = connection.scalar(sa.select(facts.c.id).limit(1))
    connection.execute(
        sa.insert(state).values(id=1, ready=held is None, compared=0, differences=0, seconds=0.0)
    )
