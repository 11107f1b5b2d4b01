"""Kontur's books as we see them: listing, searching, our marker, what a document holds."""
