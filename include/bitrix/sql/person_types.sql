SELECT t.ID, t.NAME
  FROM b_sale_person_type t
