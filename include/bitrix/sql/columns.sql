SELECT LOWER(c.TABLE_NAME) AS table_name, c.COLUMN_NAME AS column_name, c.COLUMN_TYPE AS column_type
  FROM information_schema.COLUMNS c
 WHERE c.TABLE_SCHEMA = DATABASE()
   AND c.TABLE_NAME IN %(tables)s
   AND c.PRIVILEGES LIKE '%%select%%'
