"""All that knows 1C-Bitrix: SQL, readers, typed rows."""
