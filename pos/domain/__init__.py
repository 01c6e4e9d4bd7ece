"""The rules of the shop: money, states, payments. Uses the standard library only, no clock and no I/O."""
