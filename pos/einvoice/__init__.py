"""Printing: the content of an e-invoice's proof and of receipts, their drawing, and the printer."""
