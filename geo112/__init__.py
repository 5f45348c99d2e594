"""Geo112: dispatch for Indonesia's 112 emergency call centres."""

__version__ = "0.1.0"
