{# Tables of one shop may differ in charset. #}
SELECT 'goods' AS KIND, CONVERT(b.NAME USING utf8mb4) AS NAME,
       {{ "b.PRODUCT_XML_ID" if has("b_sale_basket", "PRODUCT_XML_ID") else "NULL" }} AS XML_ID
  FROM b_sale_basket b
 WHERE b.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_basket l)
   AND b.NAME <> ''
UNION ALL
SELECT 'buyer', CONVERT(v.VALUE USING utf8mb4), NULL
  FROM b_sale_order_props_value v
 WHERE v.ID > (SELECT MAX(l.ID) - %(recent)s FROM b_sale_order_props_value l)
   AND v.VALUE <> ''
