"""Tools: interfaces that models write as one schema, calls of them, and code that keeps to them. Pure."""
