"""The four gateways on this machine, written from their documents: they validate, refuse, and keep their own truth."""
