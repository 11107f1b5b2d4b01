"""Bitrix orders into Kontur.Accounting: everything but the DAGs' wiring and Kontur's own client."""
