SELECT t.TABLE_NAME AS table_name, t.ENGINE AS engine
  FROM information_schema.TABLES t
 WHERE t.TABLE_SCHEMA = DATABASE()
   AND t.TABLE_NAME IN %(tables)s
   AND t.ENGINE <> 'InnoDB'
