"""What tests share: a virtual clock, shops, ways to crash."""
