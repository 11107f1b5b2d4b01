"""Our own tables: migrations, repository, locks."""
