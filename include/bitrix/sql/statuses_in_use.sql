{# Statuses may differ by case only, which the column's collation does not see. #}
SELECT DISTINCT CONVERT(o.STATUS_ID USING utf8mb4) COLLATE utf8mb4_bin AS STATUS_ID
  FROM b_sale_order o
