SELECT o.ID, o.LID
  FROM b_sale_order o
 WHERE o.ID IN %(ids)s
 ORDER BY o.ID
