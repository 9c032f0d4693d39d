"""Records as points on a plane, and pictures of it."""
