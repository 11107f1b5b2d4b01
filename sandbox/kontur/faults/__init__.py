"""What can go wrong between a client and the books, chosen by seed or by name (facts/reliability.md §2, §5.3)."""
