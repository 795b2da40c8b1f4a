"""Alembic's entry point; the connection is handed over by ``catalog.db``."""

from alembic import context

import catalog.models
from catalog.db import Base

assert catalog.models.__all__  # noqa: S101  (the import fills Base.metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="catalog.db.",
)
with context.begin_transaction():
    context.run_migrations()
