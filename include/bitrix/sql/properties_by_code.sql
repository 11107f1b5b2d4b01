SELECT DISTINCT p.PERSON_TYPE_ID
  FROM b_sale_order_props p
 WHERE p.CODE IN %(codes)s
   AND p.ACTIVE = 'Y'
