SELECT l.STATUS_ID, l.NAME
  FROM b_sale_status_lang l
