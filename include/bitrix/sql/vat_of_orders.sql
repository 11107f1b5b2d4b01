SELECT t.IS_GENERAL, t.IS_SIMPLIFIED, t.HIGHEST, COUNT(*) AS ORDERS, SUM(o.PRICE_DELIVERY) AS DELIVERY
  FROM (SELECT b.ORDER_ID,
               COALESCE(MAX(b.VAT_RATE IN (0.1, 0.2, 0.22)), 0) AS IS_GENERAL,
               COALESCE(MAX(b.VAT_RATE IN (0.05, 0.07)), 0) AS IS_SIMPLIFIED,
               MAX(b.VAT_RATE) AS HIGHEST
          FROM b_sale_basket b
         WHERE b.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_basket l)
           AND b.ORDER_ID > 0
         GROUP BY b.ORDER_ID) t
  JOIN b_sale_order o ON o.ID = t.ORDER_ID
 WHERE o.CANCELED <> 'Y'
   AND o.DATE_INSERT >= (SELECT n.DATE_INSERT FROM b_sale_order n ORDER BY n.ID DESC LIMIT 1) - INTERVAL %(days)s DAY
 GROUP BY t.IS_GENERAL, t.IS_SIMPLIFIED, t.HIGHEST
