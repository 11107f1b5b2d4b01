"""What can go wrong between a client and the books, chosen by seed or by name (docs/reliability.md, «Fault matrix»)."""
