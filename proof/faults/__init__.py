"""Campaigns on real processes that are killed, stopped and starved."""
