"""What happened, where (TKP), and how far its handling is."""
