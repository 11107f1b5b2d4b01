"""Stand-ins to try the package on: Kontur's API, and a demo shop in the Bitrix schema."""
