{# The lowest and the highest of a primary key are two look-ups, however large the table is. #}
SELECT 'b_sale_order' AS NAME, MIN(ID) AS LOWEST, MAX(ID) AS HIGHEST FROM b_sale_order
 UNION ALL
SELECT 'b_sale_order_change', MIN(ID), MAX(ID) FROM b_sale_order_change
{% if has("b_sale_cashbox_check") %}
 UNION ALL
SELECT 'b_sale_cashbox_check', MIN(ID), MAX(ID) FROM b_sale_cashbox_check
{% endif %}
