"""What records are labelled with: values in columns beside them, and who gave them."""
