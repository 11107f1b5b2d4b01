SELECT p.CODE, COUNT(DISTINCT t.ORDER_ID) AS ORDERS
  FROM b_sale_tp_order t
  JOIN b_sale_tp p ON p.ID = t.TRADING_PLATFORM_ID
 WHERE t.ORDER_ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order l)
 GROUP BY p.CODE
 ORDER BY p.CODE
