"""The rules of the shop: money, states, payments. The standard library only, no clock, no I/O."""
