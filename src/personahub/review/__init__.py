"""What reviewers are asked about a record, what their answers may be, how far they are and how far they agree."""
