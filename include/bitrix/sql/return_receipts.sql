SELECT p.ORDER_ID, c.PAYMENT_ID, c.DATE_PRINT_END, c.`SUM`
  FROM b_sale_order_payment p
  JOIN b_sale_cashbox_check c ON c.PAYMENT_ID = p.ID
 WHERE p.ORDER_ID IN %(ids)s
   AND c.STATUS = 'Y'
   AND c.TYPE IN %(return_types)s
 ORDER BY c.DATE_PRINT_END, c.ID
