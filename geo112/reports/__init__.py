"""The past, counted and drawn."""
