"""The way into the back office, reconciliation and backups."""
