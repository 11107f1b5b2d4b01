{# A number may hold what the column's charset lacks: compared as it is, MySQL would refuse the statement. #}
SELECT o.ID, o.LID, o.ACCOUNT_NUMBER,
       {{ "o.COMPANY_ID" if has("b_sale_order", "COMPANY_ID") else "NULL" }} AS COMPANY_ID
  FROM b_sale_order o
 WHERE o.ID IN %(ids)s
    OR CONVERT(o.ACCOUNT_NUMBER USING utf8mb4) COLLATE utf8mb4_general_ci IN %(numbers)s
