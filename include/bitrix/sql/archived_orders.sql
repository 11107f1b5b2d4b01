SELECT a.ORDER_ID
  FROM b_sale_order_archive a
 WHERE a.ORDER_ID IN %(ids)s
