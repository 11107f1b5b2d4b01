SELECT d.PERSON_TYPE_ID
  FROM b_sale_bizval_persondomain d
 WHERE d.DOMAIN = 'E'
