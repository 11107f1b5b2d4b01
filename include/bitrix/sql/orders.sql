SELECT o.ID, o.LID, o.ACCOUNT_NUMBER, o.PERSON_TYPE_ID,
       o.CANCELED, o.DATE_CANCELED, o.PAYED, o.DATE_PAYED, o.STATUS_ID, o.DATE_STATUS,
       o.PRICE, o.PRICE_DELIVERY, o.CURRENCY, o.DEDUCTED, o.DATE_DEDUCTED, o.DATE_INSERT, o.DATE_UPDATE,
       {{ "o.RUNNING" if has("b_sale_order", "RUNNING") else "'N'" }} AS RUNNING,
       {{ "o.COMPANY_ID" if has("b_sale_order", "COMPANY_ID") else "NULL" }} AS COMPANY_ID,
       {{ "o.EXTERNAL_ORDER" if has("b_sale_order", "EXTERNAL_ORDER") else "'N'" }} AS EXTERNAL_ORDER
  FROM b_sale_order o
 WHERE o.ID IN %(ids)s
