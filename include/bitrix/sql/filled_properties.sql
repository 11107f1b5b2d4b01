{# Properties that recent orders have a value of. #}
SELECT v.ORDER_PROPS_ID, CONVERT(COALESCE(NULLIF(v.CODE, ''), p.CODE, '') USING utf8mb4) COLLATE utf8mb4_bin AS CODE,
       MAX(v.NAME) AS NAME
  FROM b_sale_order_props_value v
  LEFT JOIN b_sale_order_props p ON p.ID = v.ORDER_PROPS_ID
 WHERE v.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order_props_value l)
   AND TRIM(v.VALUE) <> ''
{% if has("b_sale_order_props_value", "ENTITY_TYPE") %}
   AND v.ENTITY_TYPE IN ('ORDER', '')
{% endif %}
 GROUP BY 1, 2
