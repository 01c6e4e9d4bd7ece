"""The page of refunds, and what only a manager can settle."""
