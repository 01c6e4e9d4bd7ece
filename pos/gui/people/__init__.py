"""Who uses the register: sign-in, lock, PINs, and the people's page."""
