SELECT c.ORDER_ID, c.TYPE, c.ENTITY_ID, c.DATA, c.DATE_CREATE
  FROM b_sale_order_change c
 WHERE c.ORDER_ID IN %(ids)s
   AND c.TYPE IN %(change_types)s
 ORDER BY c.DATE_CREATE, c.ID
