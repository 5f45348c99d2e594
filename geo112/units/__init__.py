"""OPD, their units, who is free and where."""
