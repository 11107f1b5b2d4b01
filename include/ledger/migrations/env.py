"""Alembic's entry: runs the versions on the connection that :mod:`include.ledger.migrate` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="local_kontur_bukh_version",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
