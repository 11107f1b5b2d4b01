SELECT p.ID, p.ORDER_ID, p.ACCOUNT_NUMBER, p.`SUM`, p.CURRENCY, p.PAID, p.DATE_PAID,
       p.PAY_SYSTEM_ID, p.PAY_SYSTEM_NAME, p.IS_RETURN, p.PAY_RETURN_DATE,
       {{ "p.PAY_VOUCHER_DATE" if has("b_sale_order_payment", "PAY_VOUCHER_DATE") else "NULL" }} AS PAY_VOUCHER_DATE,
       s.CODE, s.ACTION_FILE, s.IS_CASH,
       {{ "p.COMPANY_ID" if has("b_sale_order_payment", "COMPANY_ID") else "NULL" }} AS COMPANY_ID
  FROM b_sale_order_payment p
  LEFT JOIN b_sale_pay_system_action s ON s.ID = p.PAY_SYSTEM_ID
 WHERE p.ORDER_ID IN %(ids)s
 ORDER BY p.ID
