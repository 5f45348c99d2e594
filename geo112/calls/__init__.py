"""Who rang (ANI), from where, and what kind of call it was."""
