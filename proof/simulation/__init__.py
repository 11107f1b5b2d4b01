"""The protocol on virtual parts: one seed is one schedule."""
