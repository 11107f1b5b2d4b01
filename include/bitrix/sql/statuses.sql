SELECT s.ID
  FROM b_sale_status s
 WHERE s.TYPE = 'O'
