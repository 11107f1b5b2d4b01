"""What the page reads: one file for each screen's queries, each by keys, each bounded."""
