"""Which units, how soon, and who was sent."""
