"""The settings pages, built from the declarations of the settings."""
