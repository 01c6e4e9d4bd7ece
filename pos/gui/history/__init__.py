"""Past payments, their e-invoices and proofs."""
