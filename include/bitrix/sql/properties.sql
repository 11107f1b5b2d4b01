{# Since 22 the properties of shipments stand in the same table. #}
SELECT v.ORDER_ID, v.ORDER_PROPS_ID, COALESCE(NULLIF(v.CODE, ''), p.CODE) AS CODE, v.NAME, v.VALUE, p.IS_PAYER
  FROM b_sale_order_props_value v
  LEFT JOIN b_sale_order_props p ON p.ID = v.ORDER_PROPS_ID
 WHERE v.ORDER_ID IN %(ids)s
{% if has("b_sale_order_props_value", "ENTITY_TYPE") %}
   AND v.ENTITY_TYPE IN ('ORDER', '')
{% endif %}
 ORDER BY v.ID
