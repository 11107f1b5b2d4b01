SELECT o.ID
  FROM b_sale_order o
 LIMIT 1
