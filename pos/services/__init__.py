"""The services of the shop: payments, refunds, shifts, e-invoices, people, reports and backups."""
