SELECT p.ID
  FROM b_sale_order_payment p
 WHERE p.ORDER_ID IN %(ids)s
 ORDER BY p.ID
