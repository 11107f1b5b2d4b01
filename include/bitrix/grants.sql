-- The least that the package needs in the shop's database. Choose the passwords, then, as the database's administrator:
--   mariadb --force the_shops_database < grants.sql        (or: mysql --force …)
-- Lines for columns and tables that your version of Bitrix lacks fail, and may. Two tables are granted whole: only so
-- can the package see which version they are of.

CREATE USER IF NOT EXISTS 'kontur_reader'@'%' IDENTIFIED BY 'choose a password';

GRANT SELECT (ID, LID, ACCOUNT_NUMBER, PERSON_TYPE_ID, CANCELED, DATE_CANCELED, PAYED, DATE_PAYED, STATUS_ID, DATE_STATUS,
  PRICE, PRICE_DELIVERY, CURRENCY, DEDUCTED, DATE_DEDUCTED, DATE_INSERT, DATE_UPDATE) ON b_sale_order TO 'kontur_reader'@'%';
GRANT SELECT (RUNNING) ON b_sale_order TO 'kontur_reader'@'%';
GRANT SELECT (COMPANY_ID) ON b_sale_order TO 'kontur_reader'@'%';
GRANT SELECT (EXTERNAL_ORDER) ON b_sale_order TO 'kontur_reader'@'%';
GRANT SELECT (ID, ORDER_ID, PRODUCT_ID, MODULE, NAME, PRICE, QUANTITY, CURRENCY, VAT_RATE, VAT_INCLUDED, MEASURE_CODE,
  MEASURE_NAME, TYPE, SET_PARENT_ID, SORT, PRODUCT_XML_ID) ON b_sale_basket TO 'kontur_reader'@'%';
GRANT SELECT (ID, ORDER_ID, ACCOUNT_NUMBER, DEDUCTED, DATE_DEDUCTED, PRICE_DELIVERY, CURRENCY, DELIVERY_ID, DELIVERY_NAME,
  `SYSTEM`, COMPANY_ID) ON b_sale_order_delivery TO 'kontur_reader'@'%';
GRANT SELECT (ID, ORDER_DELIVERY_ID, BASKET_ID, QUANTITY) ON b_sale_order_dlv_basket TO 'kontur_reader'@'%';
GRANT SELECT (ID, ORDER_ID, ACCOUNT_NUMBER, `SUM`, CURRENCY, PAID, DATE_PAID, PAY_SYSTEM_ID, PAY_SYSTEM_NAME, IS_RETURN,
  PAY_RETURN_DATE, PAY_VOUCHER_DATE, COMPANY_ID) ON b_sale_order_payment TO 'kontur_reader'@'%';
GRANT SELECT (ID, CODE, ACTION_FILE, IS_CASH) ON b_sale_pay_system_action TO 'kontur_reader'@'%';
GRANT SELECT ON b_sale_order_props_value TO 'kontur_reader'@'%';
GRANT SELECT (ID, PERSON_TYPE_ID, CODE, IS_PAYER, ACTIVE) ON b_sale_order_props TO 'kontur_reader'@'%';
GRANT SELECT (ID, ORDER_ID, TYPE, DATA, DATE_CREATE, ENTITY, ENTITY_ID) ON b_sale_order_change TO 'kontur_reader'@'%';
GRANT SELECT (CODE_KEY, CONSUMER_KEY, PERSON_TYPE_ID, PROVIDER_KEY, PROVIDER_VALUE) ON b_sale_bizval TO 'kontur_reader'@'%';
GRANT SELECT (PERSON_TYPE_ID, DOMAIN) ON b_sale_bizval_persondomain TO 'kontur_reader'@'%';
GRANT SELECT (ID) ON b_sale_delivery_srv TO 'kontur_reader'@'%';
GRANT SELECT (VAT_ID) ON b_sale_delivery_srv TO 'kontur_reader'@'%';
GRANT SELECT (ID, PAYMENT_ID, TYPE, STATUS, DATE_PRINT_END, `SUM`) ON b_sale_cashbox_check TO 'kontur_reader'@'%';
GRANT SELECT (ORDER_ID) ON b_sale_order_archive TO 'kontur_reader'@'%';
GRANT SELECT (ID, TYPE) ON b_catalog_product TO 'kontur_reader'@'%';
GRANT SELECT ON b_catalog_vat TO 'kontur_reader'@'%';
GRANT SELECT (ID, TYPE) ON b_sale_status TO 'kontur_reader'@'%';
GRANT SELECT (STATUS_ID, NAME) ON b_sale_status_lang TO 'kontur_reader'@'%';
GRANT SELECT (ID, CODE) ON b_sale_tp TO 'kontur_reader'@'%';
GRANT SELECT (ORDER_ID, TRADING_PLATFORM_ID) ON b_sale_tp_order TO 'kontur_reader'@'%';
GRANT SELECT (ID, NAME) ON b_sale_person_type TO 'kontur_reader'@'%';
GRANT SELECT (LID, DEF, LANGUAGE_ID) ON b_lang TO 'kontur_reader'@'%';
-- b_option also holds keys of other modules. Without it accounting.delivery_vat cannot be "bitrix", and nobody says where receipts differ.
GRANT SELECT (MODULE_ID, NAME, VALUE) ON b_option TO 'kontur_reader'@'%';

-- Only for accounting.write_back_comment: the connection bitrix_write_mysql.
CREATE USER IF NOT EXISTS 'kontur_writer'@'%' IDENTIFIED BY 'choose another password';
GRANT SELECT (ID, COMMENTS), UPDATE (COMMENTS) ON b_sale_order TO 'kontur_writer'@'%';
