SELECT t.ORDER_ID, p.CODE
  FROM b_sale_tp_order t
  JOIN b_sale_tp p ON p.ID = t.TRADING_PLATFORM_ID
 WHERE t.ORDER_ID IN %(ids)s
 ORDER BY t.ORDER_ID, p.CODE
