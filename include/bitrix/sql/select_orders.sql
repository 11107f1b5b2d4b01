{# An event counts by its own date, whatever DATE_UPDATE says: other modules and plain SQL leave that as it was. #}
SELECT o.ID, o.LID
  FROM (
        SELECT o.ID AS ORDER_ID
          FROM b_sale_order o
         WHERE (o.DATE_UPDATE >= %(updated_from)s AND o.DATE_UPDATE < %(end)s)
            OR (o.DATE_DEDUCTED >= %(start)s AND o.DATE_DEDUCTED < %(end)s)
            OR (o.DATE_STATUS >= %(start)s AND o.DATE_STATUS < %(end)s)
            OR (o.DATE_PAYED >= %(start)s AND o.DATE_PAYED < %(end)s)
            OR (o.DATE_CANCELED >= %(start)s AND o.DATE_CANCELED < %(end)s)
         UNION
        SELECT d.ORDER_ID
          FROM b_sale_order_delivery d
         WHERE d.`SYSTEM` = 'N'
           AND d.DATE_DEDUCTED >= %(start)s AND d.DATE_DEDUCTED < %(end)s
         UNION
        SELECT p.ORDER_ID
          FROM b_sale_order_payment p
         WHERE (p.DATE_PAID >= %(start)s AND p.DATE_PAID < %(end)s)
            OR (p.PAY_RETURN_DATE >= %(start)s AND p.PAY_RETURN_DATE < %(end)s)
         UNION
        SELECT c.ORDER_ID
          FROM b_sale_order_change c
         WHERE c.TYPE IN %(change_types)s
           AND c.DATE_CREATE >= %(start)s AND c.DATE_CREATE < %(end)s
{% if has("b_sale_cashbox_check") %}
         UNION
        SELECT p.ORDER_ID
          FROM b_sale_cashbox_check k
          JOIN b_sale_order_payment p ON p.ID = k.PAYMENT_ID
         WHERE k.STATUS = 'Y'
           AND k.TYPE IN %(return_types)s
           AND k.DATE_PRINT_END >= %(start)s AND k.DATE_PRINT_END < %(end)s
{% endif %}
       ) seen
  JOIN b_sale_order o ON o.ID = seen.ORDER_ID
 ORDER BY o.ID
