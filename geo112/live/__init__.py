"""The situation now, and what changed since."""
