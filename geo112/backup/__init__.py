"""Copies of a city's database and files on another disk, and the way back."""
