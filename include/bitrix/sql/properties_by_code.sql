SELECT DISTINCT p.PERSON_TYPE_ID, CONVERT(p.CODE USING utf8mb4) COLLATE utf8mb4_bin AS CODE
  FROM b_sale_order_props p
 WHERE p.CODE IN %(codes)s
   AND p.ACTIVE = 'Y'
