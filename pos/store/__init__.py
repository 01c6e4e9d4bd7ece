"""What was written stays: SQLite, one append-only journal, and the tables that follow from it."""
