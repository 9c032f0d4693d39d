"""Choosing records of a table: which fit, and how some of them are taken."""
