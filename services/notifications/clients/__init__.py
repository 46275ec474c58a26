"""Outside systems: the mail server, and what is handed to it."""
