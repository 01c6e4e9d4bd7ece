"""A simulator of the four gateways, written from their documents: it validates, refuses and records payments."""
