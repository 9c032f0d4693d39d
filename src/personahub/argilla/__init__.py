"""Records to an Argilla server and what reviewers said of them there back, through Argilla's own SDK."""
