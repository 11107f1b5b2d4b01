"""Kontur.Accounting's stand-in: a real HTTP server of the contract, written without a look at the client.

It imports nothing of ``kontur_hook``: words and rules stand here a second time, so that a mistake in one shows.
It does not deduplicate: what is sent twice stands in the books twice.
"""
