{# QUANTITY is DOUBLE in every version: the cast keeps floats out of Python. #}
SELECT b.ID, b.ORDER_ID, b.NAME, b.PRICE, CAST(b.QUANTITY AS DECIMAL(26, 8)) AS QUANTITY, b.CURRENCY,
       b.VAT_RATE, b.VAT_INCLUDED, b.MEASURE_CODE, b.MEASURE_NAME, b.TYPE, b.SET_PARENT_ID, b.SORT,
       {{ "c.TYPE" if has("b_catalog_product") else "NULL" }} AS PRODUCT_TYPE,
       {{ "b.PRODUCT_XML_ID" if has("b_sale_basket", "PRODUCT_XML_ID") else "NULL" }} AS PRODUCT_XML_ID
  FROM b_sale_basket b
{% if has("b_catalog_product") %}
  LEFT JOIN b_catalog_product c ON c.ID = b.PRODUCT_ID AND COALESCE(b.MODULE, 'catalog') = 'catalog'
{% endif %}
 WHERE b.ORDER_ID IN %(ids)s
 ORDER BY b.SORT, b.ID
