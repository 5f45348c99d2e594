"""One GPS ping, from bytes to ETA."""
