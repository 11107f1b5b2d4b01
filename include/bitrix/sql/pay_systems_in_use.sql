SELECT p.PAY_SYSTEM_ID, MAX(p.PAY_SYSTEM_NAME) AS NAME, MAX(s.CODE) AS CODE, MAX(s.ACTION_FILE) AS ACTION_FILE
  FROM b_sale_order_payment p
  JOIN b_sale_pay_system_action s ON s.ID = p.PAY_SYSTEM_ID
 WHERE p.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order_payment l)
   AND p.PAID = 'Y'
   AND COALESCE(s.ACTION_FILE, '') <> 'inner'
 GROUP BY p.PAY_SYSTEM_ID
 ORDER BY p.PAY_SYSTEM_ID
