"""Who buys, and what is wrong with what was typed in."""
