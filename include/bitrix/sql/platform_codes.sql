SELECT p.CODE
  FROM b_sale_tp p
