SELECT s.ID, s.CODE, s.ACTION_FILE
  FROM b_sale_pay_system_action s
