"""The window: shows what the services know and passes on what the user asks for."""
