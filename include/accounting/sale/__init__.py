"""What left the shop, as documents: days, lines, delivery, VAT."""
