"""Who stands at the till: sign-in, lock, PINs, and the people's page."""
