"""The window: it says what the services know, and asks them for what a hand wishes."""
