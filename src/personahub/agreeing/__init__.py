"""Solutions of one sample held against each other: how many agree, and on what."""
