"""New Pay: orders by QR code (document New Pay API 1.0)."""
