"""The shift: who is here, how many calls of which class, and the clocks of the day."""
