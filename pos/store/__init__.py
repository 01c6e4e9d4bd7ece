"""The register's SQLite database: an append-only journal, and the tables that are derived from it."""
