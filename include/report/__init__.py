"""The month's workbook: its figures, its sheets, and the files that hold them."""
