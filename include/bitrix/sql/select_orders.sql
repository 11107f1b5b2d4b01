{# An event counts by its own date, whatever DATE_UPDATE says: other modules and plain SQL leave that as it was.
   DAY is 0 for an event of the run's own days, else the day of the order's first event among the uncovered ones, as
   TO_DAYS counts. HAVING keeps what is neither out of the temporary table; no index would help, as most of these dates
   have none. #}
{% set never = 9999999 %}
{% macro day(column) -%}
    CASE WHEN {{ column }} >= %(start)s AND {{ column }} < %(end)s THEN 0
         WHEN TO_DAYS({{ column }}) IN %(uncovered)s THEN TO_DAYS({{ column }})
         ELSE {{ never }} END
{%- endmacro %}
{% set voucher = day("p.PAY_VOUCHER_DATE") if has("b_sale_order_payment", "PAY_VOUCHER_DATE") else never %}
SELECT o.ID, o.LID, {{ "o.COMPANY_ID" if has("b_sale_order", "COMPANY_ID") else "NULL" }} AS COMPANY_ID, seen.DAY
  FROM (
        SELECT e.ORDER_ID, MIN(e.DAY) AS DAY
          FROM (
                SELECT o.ID AS ORDER_ID,
                       LEAST({{ day("o.DATE_UPDATE") }}, {{ day("o.DATE_DEDUCTED") }}, {{ day("o.DATE_STATUS") }},
                             {{ day("o.DATE_PAYED") }}, {{ day("o.DATE_CANCELED") }}) AS DAY
                  FROM b_sale_order o
                HAVING DAY < {{ never }}
                 UNION ALL
                SELECT d.ORDER_ID, {{ day("d.DATE_DEDUCTED") }} AS DAY
                  FROM b_sale_order_delivery d
                 WHERE d.`SYSTEM` = 'N'
                HAVING DAY < {{ never }}
                 UNION ALL
                SELECT p.ORDER_ID, LEAST({{ day("p.DATE_PAID") }}, {{ day("p.PAY_RETURN_DATE") }}, {{ voucher }}) AS DAY
                  FROM b_sale_order_payment p
                HAVING DAY < {{ never }}
                 UNION ALL
                SELECT c.ORDER_ID, {{ day("c.DATE_CREATE") }} AS DAY
                  FROM b_sale_order_change c
                 WHERE c.TYPE IN %(change_types)s
                HAVING DAY < {{ never }}
{% if has("b_sale_cashbox_check") %}
                 UNION ALL
                SELECT p.ORDER_ID, {{ day("k.DATE_PRINT_END") }} AS DAY
                  FROM b_sale_cashbox_check k
                  JOIN b_sale_order_payment p ON p.ID = k.PAYMENT_ID
                 WHERE k.STATUS = 'Y'
                   AND k.TYPE IN %(return_types)s
                HAVING DAY < {{ never }}
{% endif %}
               ) e
         GROUP BY e.ORDER_ID
       ) seen
  JOIN b_sale_order o ON o.ID = seen.ORDER_ID
 ORDER BY seen.DAY, o.ID
