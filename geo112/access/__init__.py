"""Who may do what, and what was looked at."""
