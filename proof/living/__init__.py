"""A shop that lives between the nights, and a model that says what must stand in the books."""
