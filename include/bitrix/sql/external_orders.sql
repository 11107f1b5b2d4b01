SELECT COUNT(*) AS ORDERS
  FROM b_sale_order o
 WHERE o.EXTERNAL_ORDER = 'Y'
   AND o.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order l)
