{# Orders with money that came before a day, and whose goods had not left by then: nobody but the shop knows of it where
   it is not to be posted from here, or was never held. #}
SELECT DISTINCT o.ID, o.LID, {{ "o.COMPANY_ID" if has("b_sale_order", "COMPANY_ID") else "NULL" }} AS COMPANY_ID
  FROM b_sale_order_payment p
  JOIN b_sale_order o ON o.ID = p.ORDER_ID
 WHERE p.DATE_PAID < %(start)s
   AND (p.PAID = 'Y' OR p.IS_RETURN <> 'N')
   AND (o.CANCELED = 'Y'
        OR NOT (COALESCE(%(by_flag)s AND o.DEDUCTED = 'Y' AND o.DATE_DEDUCTED < %(start)s, 0)
                OR COALESCE(%(by_status)s AND o.STATUS_ID IN %(shipped)s AND o.DATE_STATUS < %(start)s, 0)))
