SELECT DISTINCT CONVERT(p.CODE USING utf8mb4) COLLATE utf8mb4_bin AS CODE
  FROM b_sale_order_props p
 WHERE p.CODE <> ''
