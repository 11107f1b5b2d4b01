SELECT DATE(c.DATE_PRINT_END) AS DAY, o.LID,
       {{ "o.COMPANY_ID" if has("b_sale_order", "COMPANY_ID") else "NULL" }} AS COMPANY_ID,
       SUM(CASE WHEN c.TYPE IN %(return_types)s THEN 0 ELSE c.`SUM` END) AS INCOME,
       SUM(CASE WHEN c.TYPE IN %(return_types)s THEN c.`SUM` ELSE 0 END) AS RETURNS
  FROM b_sale_cashbox_check c
  JOIN b_sale_order_payment p ON p.ID = c.PAYMENT_ID
  JOIN b_sale_order o ON o.ID = p.ORDER_ID
 WHERE c.STATUS = 'Y'
   AND c.DATE_PRINT_END >= %(start)s
   AND c.DATE_PRINT_END < %(end)s
   AND c.TYPE NOT IN %(moneyless)s
 GROUP BY DAY, o.LID, COMPANY_ID
 ORDER BY DAY, o.LID, COMPANY_ID
