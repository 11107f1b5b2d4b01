"""What is done for the tasks before they begin."""
