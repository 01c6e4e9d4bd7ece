"""The command line: arguments, one module a subject, and the commands with their permissions."""
