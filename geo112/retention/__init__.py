"""How long each class of data is kept, and its deletion when that time is over."""
