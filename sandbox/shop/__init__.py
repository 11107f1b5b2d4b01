"""The demo shop: a MariaDB with Bitrix's tables and months of believable orders, every case among them."""
