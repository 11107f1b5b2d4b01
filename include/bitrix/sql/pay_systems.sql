SELECT s.ID, s.CODE
  FROM b_sale_pay_system_action s
