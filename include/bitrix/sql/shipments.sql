SELECT d.ID, d.ORDER_ID, d.ACCOUNT_NUMBER, d.DEDUCTED, d.DATE_DEDUCTED, d.PRICE_DELIVERY, d.CURRENCY,
       d.DELIVERY_ID, d.DELIVERY_NAME,
       {{ "d.COMPANY_ID" if has("b_sale_order_delivery", "COMPANY_ID") else "NULL" }} AS COMPANY_ID
  FROM b_sale_order_delivery d
 WHERE d.ORDER_ID IN %(ids)s
   AND d.`SYSTEM` = 'N'
 ORDER BY d.ID
