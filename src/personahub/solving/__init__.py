"""Solutions that are programs: run, and what they give put beside them."""
