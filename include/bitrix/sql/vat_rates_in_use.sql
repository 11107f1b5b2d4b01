SELECT DISTINCT b.VAT_RATE
  FROM b_sale_basket b
 WHERE b.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_basket l)
   AND b.ORDER_ID > 0
   AND b.VAT_RATE IS NOT NULL
