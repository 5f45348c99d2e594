"""What is measured, one kind of question to a file."""
