{% set vat = has("b_sale_delivery_srv", "VAT_ID") and has("b_catalog_vat") %}
SELECT s.ID,
       {{ "v.RATE" if vat else "NULL" }} AS RATE,
       {{ "v.EXCLUDE_VAT" if vat and has("b_catalog_vat", "EXCLUDE_VAT") else "'N'" }} AS EXCLUDE_VAT
  FROM b_sale_delivery_srv s
{% if vat %}
  LEFT JOIN b_catalog_vat v ON v.ID = s.VAT_ID
{% endif %}
