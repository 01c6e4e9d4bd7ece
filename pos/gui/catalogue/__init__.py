"""The page of the catalogue: the list of items, and one item beside it."""
