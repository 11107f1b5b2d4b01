SELECT used.COMPANY_ID, COUNT(DISTINCT used.ORDER_ID) AS ORDERS
  FROM (SELECT o.COMPANY_ID, o.ID AS ORDER_ID FROM b_sale_order o
         WHERE o.COMPANY_ID > 0 AND o.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order l)
{# Whose an order is that names nobody, only its payments and shipments tell. #}
{% if has("b_sale_order_payment", "COMPANY_ID") %}
         UNION ALL
        SELECT p.COMPANY_ID, p.ORDER_ID FROM b_sale_order_payment p JOIN b_sale_order o ON o.ID = p.ORDER_ID
         WHERE p.COMPANY_ID > 0 AND COALESCE(o.COMPANY_ID, 0) = 0
           AND o.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order l)
{% endif %}
{% if has("b_sale_order_delivery", "COMPANY_ID") %}
         UNION ALL
        SELECT d.COMPANY_ID, d.ORDER_ID FROM b_sale_order_delivery d JOIN b_sale_order o ON o.ID = d.ORDER_ID
         WHERE d.COMPANY_ID > 0 AND d.`SYSTEM` = 'N' AND COALESCE(o.COMPANY_ID, 0) = 0
           AND o.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order l)
{% endif %}
       ) used
 GROUP BY used.COMPANY_ID
 ORDER BY used.COMPANY_ID
