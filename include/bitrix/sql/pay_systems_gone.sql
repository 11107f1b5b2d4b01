SELECT DISTINCT p.PAY_SYSTEM_ID
  FROM b_sale_order_payment p
  LEFT JOIN b_sale_pay_system_action s ON s.ID = p.PAY_SYSTEM_ID
 WHERE p.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order_payment l)
   AND s.ID IS NULL
 ORDER BY p.PAY_SYSTEM_ID
