"""Near duplicates found by joins: in the tables of a hub, as verdicts, and in files, as a file of what is kept."""
