"""The page of the sale: amount, tenders, what waits, and the customer's code."""
