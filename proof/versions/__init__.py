"""The demo shop in each version of Bitrix's tables."""
