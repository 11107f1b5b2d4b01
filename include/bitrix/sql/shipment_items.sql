SELECT d.ORDER_ID, i.ORDER_DELIVERY_ID, i.BASKET_ID, i.QUANTITY
  FROM b_sale_order_delivery d
  JOIN b_sale_order_dlv_basket i ON i.ORDER_DELIVERY_ID = d.ID
 WHERE d.ORDER_ID IN %(ids)s
   AND d.`SYSTEM` = 'N'
 ORDER BY i.ID
