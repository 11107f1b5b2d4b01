"""What each task of ``kontur_reconciliation`` does: reads the three sides, compares them, keeps what was found.

Nothing is written but the tables of differences, of compared days and of agreed months.
"""
