"""Which records are meant, a page of them, and counts of all: what a page shows of a hub."""
