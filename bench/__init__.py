"""Measurements, each beside something to compare it with in the same run: `make bench`."""
