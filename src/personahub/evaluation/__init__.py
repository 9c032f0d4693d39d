"""What an answer is, and whether two of them are equal."""
