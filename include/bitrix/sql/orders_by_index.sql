{# The events of select_orders.sql whose date every Bitrix has an index for, and those of two tables that are written in
   the order of their dates, by a range of their primary key. Each condition has its own SELECT: OR would use no index. The server would begin
   with all orders, as it does not know how few are seen. #}
{% macro within(column) -%}
    {{ column }} >= %(start)s AND {{ column }} < %(end)s
{%- endmacro %}
SELECT o.ID, o.LID, {{ "o.COMPANY_ID" if has("b_sale_order", "COMPANY_ID") else "NULL" }} AS COMPANY_ID
  FROM (
        SELECT o.ID AS ORDER_ID FROM b_sale_order o WHERE {{ within("o.DATE_UPDATE") }}
         UNION
        SELECT o.ID FROM b_sale_order o WHERE {{ within("o.DATE_PAYED") }}
         UNION
        SELECT o.ID FROM b_sale_order o WHERE {{ within("o.DATE_CANCELED") }}
         UNION
        SELECT p.ORDER_ID FROM b_sale_order_payment p WHERE {{ within("p.DATE_PAID") }}
         UNION
        SELECT c.ORDER_ID
          FROM b_sale_order_change c
         WHERE c.ID >= %(first_change)s
           AND {{ within("c.DATE_CREATE") }}
           AND c.TYPE IN %(change_types)s
{% if has("b_sale_cashbox_check") %}
         UNION
        SELECT p.ORDER_ID
          FROM b_sale_cashbox_check k
          JOIN b_sale_order_payment p ON p.ID = k.PAYMENT_ID
         WHERE k.ID >= %(first_check)s
           AND {{ within("k.DATE_PRINT_END") }}
           AND k.STATUS = 'Y'
           AND k.TYPE IN %(return_types)s
{% endif %}
       ) seen
  STRAIGHT_JOIN b_sale_order o ON o.ID = seen.ORDER_ID
