"""The page of the shift: float, cash moves, X, count and Z."""
