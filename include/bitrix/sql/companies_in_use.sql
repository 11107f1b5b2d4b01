SELECT o.COMPANY_ID, COUNT(*) AS ORDERS
  FROM b_sale_order o
 WHERE o.COMPANY_ID > 0
   AND o.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order l)
 GROUP BY o.COMPANY_ID
 ORDER BY o.COMPANY_ID
