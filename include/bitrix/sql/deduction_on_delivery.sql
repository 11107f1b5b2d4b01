SELECT o.VALUE
  FROM b_option o
 WHERE o.MODULE_ID = 'sale'
   AND o.NAME = 'allow_deduction_on_delivery'
