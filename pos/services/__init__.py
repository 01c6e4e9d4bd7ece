"""What the shop does: take payments, find out what became of them, tell the window."""
