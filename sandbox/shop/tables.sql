-- The tables of Bitrix's sale and catalog modules around an order, as facts about them say (module version 25).
-- A remark at the end of a line limits it, and behind CREATE TABLE the whole table:
--   since V   from that version on        before V   only in older ones
-- V is a version of the sale module; 2026 stands for the code of May 2026. One column or key a line: schema.py reads it so.

CREATE TABLE b_sale_order (
  ID int(11) NOT NULL AUTO_INCREMENT,
  LID char(2) NOT NULL,
  PERSON_TYPE_ID int(11) NOT NULL,
  PAYED char(1) NOT NULL DEFAULT 'N',
  DATE_PAYED datetime,
  EMP_PAYED_ID int(11),
  CANCELED char(1) NOT NULL DEFAULT 'N',
  DATE_CANCELED datetime,
  EMP_CANCELED_ID int(11),
  REASON_CANCELED varchar(255),
  STATUS_ID varchar(2) NOT NULL,
  DATE_STATUS datetime NOT NULL,
  EMP_STATUS_ID int(11),
  PRICE_DELIVERY decimal(18,4) NOT NULL DEFAULT 0,                  -- before 2026
  PRICE_DELIVERY decimal(26,8) NOT NULL DEFAULT 0,                  -- since 2026
  PRICE_PAYMENT decimal(18,4) NOT NULL DEFAULT 0,                   -- before 2026
  PRICE_PAYMENT decimal(26,8) NOT NULL DEFAULT 0,                   -- since 2026
  ALLOW_DELIVERY char(1) NOT NULL DEFAULT 'N',
  DATE_ALLOW_DELIVERY datetime,
  EMP_ALLOW_DELIVERY_ID int(11),
  DEDUCTED char(1) NOT NULL DEFAULT 'N',
  DATE_DEDUCTED datetime,
  EMP_DEDUCTED_ID int(11),
  REASON_UNDO_DEDUCTED varchar(255),
  MARKED char(1) NOT NULL DEFAULT 'N',
  DATE_MARKED datetime,
  EMP_MARKED_ID int(11),
  REASON_MARKED varchar(255),
  RESERVED char(1) NOT NULL DEFAULT 'N',
  PRICE decimal(18,4) NOT NULL,                                     -- before 2026
  PRICE decimal(26,8) NOT NULL,                                     -- since 2026
  CURRENCY char(3) NOT NULL,
  DISCOUNT_VALUE decimal(18,4) NOT NULL DEFAULT 0,                  -- before 2026
  DISCOUNT_VALUE decimal(26,8) NOT NULL DEFAULT 0,                  -- since 2026
  USER_ID int(11) NOT NULL,
  PAY_SYSTEM_ID int(11),
  DELIVERY_ID varchar(50),
  DATE_INSERT datetime NOT NULL,
  DATE_UPDATE datetime NOT NULL,
  USER_DESCRIPTION varchar(2000),
  ADDITIONAL_INFO varchar(255),
  PS_STATUS char(1),
  PS_STATUS_CODE char(5),
  PS_STATUS_DESCRIPTION varchar(250),
  PS_STATUS_MESSAGE varchar(250),
  PS_SUM decimal(18,2),                                             -- before 2026
  PS_SUM decimal(26,8),                                             -- since 2026
  PS_CURRENCY char(3),
  PS_RESPONSE_DATE datetime,
  COMMENTS text,
  TAX_VALUE decimal(18,2) NOT NULL DEFAULT 0,                       -- before 2026
  TAX_VALUE decimal(26,8) NOT NULL DEFAULT 0,                       -- since 2026
  STAT_GID varchar(255),
  SUM_PAID decimal(18,2) NOT NULL DEFAULT 0,                        -- before 2026
  SUM_PAID decimal(26,8) NOT NULL DEFAULT 0,                        -- since 2026
  IS_RECURRING char(1) NOT NULL DEFAULT 'N',                        -- since 17
  RECURRING_ID int(11),
  PAY_VOUCHER_NUM varchar(20),
  PAY_VOUCHER_DATE date,
  LOCKED_BY int(11),
  DATE_LOCK datetime,
  RECOUNT_FLAG char(1) NOT NULL DEFAULT 'Y',
  AFFILIATE_ID int(11),
  DELIVERY_DOC_NUM varchar(20),
  DELIVERY_DOC_DATE date,
  UPDATED_1C char(1) NOT NULL DEFAULT 'N',
  STORE_ID int(11),
  ORDER_TOPIC varchar(255),
  CREATED_BY int(11),
  RESPONSIBLE_ID int(11),
  COMPANY_ID int(11),                                               -- since 17
  DATE_PAY_BEFORE datetime,
  DATE_BILL datetime,
  ACCOUNT_NUMBER varchar(100),
  TRACKING_NUMBER varchar(255),
  XML_ID varchar(255),
  ID_1C varchar(36),
  VERSION_1C varchar(15),
  VERSION int(11) NOT NULL DEFAULT 0,
  EXTERNAL_ORDER char(1) NOT NULL DEFAULT 'N',
  RUNNING char(1) NOT NULL DEFAULT 'N',                             -- since 17
  BX_USER_ID varchar(32),
  SEARCH_CONTENT mediumtext,                                        -- since 19
  IS_SYNC_B24 char(1) NOT NULL DEFAULT 'N',                         -- since 22.8
  PRIMARY KEY (ID),
  UNIQUE KEY IXS_ACCOUNT_NUMBER (ACCOUNT_NUMBER),
  KEY IXS_DATE_UPDATE (DATE_UPDATE),
  KEY IXS_ID_1C (ID_1C),
  KEY IXS_ORDER_PERSON_TYPE_ID (PERSON_TYPE_ID),
  KEY IXS_ORDER_REC_ID (RECURRING_ID),
  KEY IXS_ORDER_STATUS_ID (STATUS_ID),
  KEY IXS_ORDER_UPDATED_1C (UPDATED_1C),
  KEY IXS_SALE_COUNT (USER_ID, LID, PAYED, CANCELED),
  KEY IXS_XML_ID (XML_ID),
  KEY IX_BSO_ALLOW_DELIVERY (ALLOW_DELIVERY),
  KEY IX_BSO_CANCELED (CANCELED),
  KEY IX_BSO_DATE_ALLOW_DELIVERY (DATE_ALLOW_DELIVERY),
  KEY IX_BSO_DATE_CANCELED (DATE_CANCELED),
  KEY IX_BSO_DATE_INSERT (DATE_INSERT),
  KEY IX_BSO_DATE_PAYED (DATE_PAYED),
  KEY IX_BSO_DATE_PAY_BEFORE (DATE_PAY_BEFORE),
  FULLTEXT KEY IX_B_SALE_ORDER_SEARCH (SEARCH_CONTENT),             -- since 19
  KEY IX_SOO_AFFILIATE_ID (AFFILIATE_ID)
);

CREATE TABLE b_sale_basket (
  ID int(11) NOT NULL AUTO_INCREMENT,
  FUSER_ID int(11) NOT NULL,
  ORDER_ID int(11),
  PRODUCT_ID int(11) NOT NULL,
  PRODUCT_PRICE_ID int(11),
  PRICE_TYPE_ID int(11),                                            -- since 17.5
  PRICE decimal(18,4) NOT NULL,                                     -- before 2026
  PRICE decimal(26,8) NOT NULL,                                     -- since 2026
  CURRENCY char(3) NOT NULL,
  BASE_PRICE decimal(18,4),                                         -- before 2026
  BASE_PRICE decimal(26,8),                                         -- since 2026
  VAT_INCLUDED char(1) NOT NULL DEFAULT 'Y',
  DATE_INSERT datetime NOT NULL,
  DATE_UPDATE datetime NOT NULL,
  DATE_REFRESH datetime,                                            -- since 17.5
  WEIGHT double(18,2),
  QUANTITY double(18,4) NOT NULL DEFAULT 0,
  LID char(2) NOT NULL,
  DELAY char(1) NOT NULL DEFAULT 'N',
  NAME varchar(255) NOT NULL,
  CAN_BUY char(1) NOT NULL DEFAULT 'Y',
  MARKING_CODE_GROUP varchar(100),                                  -- since 19
  MODULE varchar(100),
  CALLBACK_FUNC varchar(100),
  NOTES varchar(250),
  ORDER_CALLBACK_FUNC varchar(100),
  DETAIL_PAGE_URL varchar(250),
  DISCOUNT_PRICE decimal(18,4) NOT NULL,                            -- before 2026
  DISCOUNT_PRICE decimal(26,8) NOT NULL,                            -- since 2026
  CANCEL_CALLBACK_FUNC varchar(100),
  PAY_CALLBACK_FUNC varchar(100),
  PRODUCT_PROVIDER_CLASS varchar(100),
  CATALOG_XML_ID varchar(100),
  PRODUCT_XML_ID varchar(100),
  DISCOUNT_NAME varchar(255),
  DISCOUNT_VALUE char(32),
  DISCOUNT_COUPON char(32),
  VAT_RATE decimal(18,4) DEFAULT 0,
  SUBSCRIBE char(1) NOT NULL DEFAULT 'N',
  DEDUCTED char(1) NOT NULL DEFAULT 'N',
  RESERVED char(1) NOT NULL DEFAULT 'N',
  BARCODE_MULTI char(1) NOT NULL DEFAULT 'N',
  RESERVE_QUANTITY double,
  CUSTOM_PRICE char(1) NOT NULL DEFAULT 'N',
  DIMENSIONS varchar(255),
  TYPE int(11),
  SET_PARENT_ID int(11),
  MEASURE_CODE int(11),
  MEASURE_NAME varchar(50),
  RECOMMENDATION varchar(40),
  XML_ID varchar(255),                                              -- since 18.6
  SORT int(11) NOT NULL DEFAULT 100,
  PRIMARY KEY (ID),
  KEY IXS_BASKET_DATE_INSERT (DATE_INSERT),
  KEY IXS_BASKET_LID (LID),
  KEY IXS_BASKET_ORDER_ID (ORDER_ID),
  KEY IXS_BASKET_PRODUCT_ID (PRODUCT_ID),
  KEY IXS_BASKET_PRODUCT_PRICE_ID (PRODUCT_PRICE_ID),
  KEY IXS_BASKET_SET_PARENT_ID (SET_PARENT_ID),
  KEY IXS_BASKET_USER_ID_LID_ORDER_ID (FUSER_ID, LID, ORDER_ID),
  KEY IXS_SBAS_XML_ID (PRODUCT_XML_ID, CATALOG_XML_ID)
);

CREATE TABLE b_sale_basket_props (
  ID int(11) NOT NULL AUTO_INCREMENT,
  BASKET_ID int(11) NOT NULL,
  NAME varchar(255) NOT NULL,
  VALUE varchar(255),
  CODE varchar(255),
  SORT int(11) NOT NULL DEFAULT 100,
  XML_ID varchar(255),                                              -- since 18.6
  PRIMARY KEY (ID),
  KEY IXS_BASKET_PROPS_BASKET (BASKET_ID),
  KEY IXS_BASKET_PROPS_CODE (CODE)
);

CREATE TABLE b_sale_order_props (
  ID int(11) NOT NULL AUTO_INCREMENT,
  PERSON_TYPE_ID int(11) NOT NULL,
  NAME varchar(255) NOT NULL,
  TYPE varchar(20) NOT NULL,
  REQUIRED char(1) NOT NULL DEFAULT 'N',
  DEFAULT_VALUE varchar(500),
  SORT int(11) NOT NULL DEFAULT 100,
  USER_PROPS char(1) NOT NULL DEFAULT 'N',
  IS_LOCATION char(1) NOT NULL DEFAULT 'N',
  PROPS_GROUP_ID int(11) NOT NULL,
  DESCRIPTION varchar(255),
  IS_EMAIL char(1) NOT NULL DEFAULT 'N',
  IS_PROFILE_NAME char(1) NOT NULL DEFAULT 'N',
  IS_PAYER char(1) NOT NULL DEFAULT 'N',
  IS_LOCATION4TAX char(1) NOT NULL DEFAULT 'N',
  IS_FILTERED char(1) NOT NULL DEFAULT 'N',
  CODE varchar(50),
  IS_ZIP char(1) NOT NULL DEFAULT 'N',
  IS_PHONE char(1) NOT NULL DEFAULT 'N',
  ACTIVE varchar(1) NOT NULL DEFAULT 'Y',
  UTIL varchar(1) NOT NULL DEFAULT 'N',
  INPUT_FIELD_LOCATION int(11) NOT NULL DEFAULT 0,
  MULTIPLE char(1) NOT NULL DEFAULT 'N',
  IS_ADDRESS char(1) NOT NULL DEFAULT 'N',
  IS_ADDRESS_FROM char(1) NOT NULL DEFAULT 'N',                     -- since 22.8
  IS_ADDRESS_TO char(1) NOT NULL DEFAULT 'N',                       -- since 22.8
  SETTINGS varchar(500),
  ENTITY_REGISTRY_TYPE varchar(255),                                -- since 18.5
  XML_ID varchar(255),                                              -- since 18.6
  ENTITY_TYPE varchar(255) NOT NULL,                                -- since 22.8
  PRIMARY KEY (ID),
  KEY IXS_CODE_OPP (CODE),
  KEY IXS_ORDER_PROPS_PERSON_TYPE_ID (PERSON_TYPE_ID),
  KEY IXS_ORDER_PROPS_TYPE (TYPE)
);

CREATE TABLE b_sale_order_props_value (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_ID int(11) NOT NULL,
  ORDER_PROPS_ID int(11),
  NAME varchar(255) NOT NULL,
  VALUE varchar(500),
  CODE varchar(50),
  XML_ID varchar(255),                                              -- since 18.6
  ENTITY_ID int(11) NOT NULL,                                       -- since 22.8
  ENTITY_TYPE varchar(255) NOT NULL,                                -- since 22.8
  PRIMARY KEY (ID),
  UNIQUE KEY IX_SOPV_ENT_PROP_UNI (ENTITY_ID, ENTITY_TYPE(200), ORDER_PROPS_ID),  -- since 22.8
  UNIQUE KEY IX_SOPV_ORD_PROP_UNI (ORDER_ID, ORDER_PROPS_ID),       -- before 22.8
  KEY IX_SOPV_ORD_PROP_UNI (ORDER_ID, ORDER_PROPS_ID)               -- since 22.8
);

CREATE TABLE b_sale_order_payment (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_ID int(11) NOT NULL,
  ACCOUNT_NUMBER varchar(100),
  PAID char(1) NOT NULL DEFAULT 'N',
  DATE_PAID datetime,
  EMP_PAID_ID int(11),
  PAY_SYSTEM_ID int(11) NOT NULL,
  PS_STATUS char(1),
  PS_INVOICE_ID varchar(250),
  PS_STATUS_CODE varchar(255),
  PS_STATUS_DESCRIPTION varchar(250),                               -- before 16.5.14
  PS_STATUS_DESCRIPTION varchar(512),                               -- since 16.5.14
  PS_STATUS_MESSAGE varchar(250),
  PS_SUM decimal(18,4),                                             -- before 2026
  PS_SUM decimal(26,8),                                             -- since 2026
  PS_CURRENCY char(3),
  PS_RESPONSE_DATE datetime,
  PS_RECURRING_TOKEN varchar(255),                                  -- since 22.8
  PS_CARD_NUMBER varchar(64),                                       -- since 22.8
  PAY_VOUCHER_NUM varchar(20),
  PAY_VOUCHER_DATE date,
  DATE_PAY_BEFORE datetime,
  DATE_BILL datetime,
  XML_ID varchar(255),
  `SUM` decimal(18,4) NOT NULL,                                     -- before 2026
  `SUM` decimal(26,8) NOT NULL,                                     -- since 2026
  PRICE_COD decimal(18,4) NOT NULL DEFAULT 0,                       -- before 2026
  PRICE_COD decimal(26,8) NOT NULL DEFAULT 0,                       -- since 2026
  CURRENCY char(3) NOT NULL,
  PAY_SYSTEM_NAME varchar(128) NOT NULL,
  RESPONSIBLE_ID int(11),
  DATE_RESPONSIBLE_ID datetime,
  EMP_RESPONSIBLE_ID int(11),
  COMMENTS text,
  COMPANY_ID int(11),
  PAY_RETURN_DATE date,
  EMP_RETURN_ID int(11),
  PAY_RETURN_NUM varchar(20),
  PAY_RETURN_COMMENT text,
  IS_RETURN char(1) NOT NULL DEFAULT 'N',
  MARKED char(1),                                                   -- since 17
  DATE_MARKED datetime,                                             -- since 17
  EMP_MARKED_ID int(11),                                            -- since 17
  REASON_MARKED varchar(255),                                       -- since 17.5
  ID_1C varchar(36),
  VERSION_1C varchar(15),
  EXTERNAL_PAYMENT char(1) NOT NULL DEFAULT 'N',
  UPDATED_1C char(1) NOT NULL DEFAULT 'N',
  PRIMARY KEY (ID),
  UNIQUE KEY IXS_PAY_ACCOUNT_NUMBER (ACCOUNT_NUMBER),
  KEY IX_BSOP_DATE_PAID (DATE_PAID),                                -- since 16.5.14
  KEY IX_BSOP_ORDER_ID (ORDER_ID),
  KEY IX_BSOP_PAID (PAID)                                           -- since 16.5.14
);

CREATE TABLE b_sale_order_payment_item (  -- since 22.8
  ID int(11) NOT NULL AUTO_INCREMENT,
  PAYMENT_ID int(11) NOT NULL,
  ENTITY_ID int(11) NOT NULL,
  ENTITY_TYPE varchar(15) NOT NULL,
  DATE_INSERT datetime NOT NULL,
  QUANTITY decimal(18,4) NOT NULL,
  XML_ID varchar(255),
  PRIMARY KEY (ID),
  KEY IX_S_O_PI_ENTITY_ID_TYPE (ENTITY_ID, ENTITY_TYPE),
  KEY IX_S_O_PI_PAYMENT_ID (PAYMENT_ID)
);

CREATE TABLE b_sale_pay_system_action (
  ID int(11) NOT NULL AUTO_INCREMENT,
  PAY_SYSTEM_ID int(11),
  PERSON_TYPE_ID int(11),
  NAME varchar(255) NOT NULL,
  PSA_NAME varchar(255) NOT NULL,
  CODE varchar(50),
  SORT int(11) NOT NULL DEFAULT 100,
  DESCRIPTION varchar(2000),
  ACTION_FILE varchar(255),
  RESULT_FILE varchar(255),
  NEW_WINDOW char(1) NOT NULL DEFAULT 'Y',
  ACTIVE char(1) NOT NULL DEFAULT 'Y',
  PS_MODE varchar(20),
  PS_CLIENT_TYPE varchar(10),                                       -- since 22.8
  PARAMS text,
  TARIF text,
  HAVE_PAYMENT char(1) NOT NULL DEFAULT 'N',
  HAVE_ACTION char(1) NOT NULL DEFAULT 'N',
  AUTO_CHANGE_1C char(1) NOT NULL DEFAULT 'N',
  HAVE_RESULT char(1) NOT NULL DEFAULT 'N',
  HAVE_PRICE char(1) NOT NULL DEFAULT 'N',
  HAVE_PREPAY char(1) NOT NULL DEFAULT 'N',
  HAVE_RESULT_RECEIVE char(1) NOT NULL DEFAULT 'N',
  ALLOW_EDIT_PAYMENT char(1) NOT NULL DEFAULT 'Y',
  ENCODING varchar(45),
  LOGOTIP int(11),
  IS_CASH char(1) NOT NULL DEFAULT 'N',
  CAN_PRINT_CHECK char(1) NOT NULL DEFAULT 'N',                     -- since 17
  ENTITY_REGISTRY_TYPE varchar(255),                                -- since 18.5
  XML_ID varchar(255),                                              -- since 18.6
  PRIMARY KEY (ID),
  KEY B_SALE_PAY_SYSTEM_ACTION_PS_CLIENT_TYPE (PS_CLIENT_TYPE)      -- since 22.8
);

CREATE TABLE b_sale_order_delivery (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_ID int(11) NOT NULL,
  ACCOUNT_NUMBER varchar(100),
  DATE_INSERT datetime NOT NULL,
  DATE_REQUEST datetime,
  DATE_UPDATE datetime,
  DELIVERY_LOCATION varchar(50),
  PARAMS text,
  STATUS_ID varchar(2) NOT NULL,
  PRICE_DELIVERY decimal(18,4),                                     -- before 2026
  PRICE_DELIVERY decimal(26,8),                                     -- since 2026
  DISCOUNT_PRICE decimal(18,4),                                     -- before 2026
  DISCOUNT_PRICE decimal(26,8),                                     -- since 2026
  BASE_PRICE_DELIVERY decimal(18,4),                                -- before 2026
  BASE_PRICE_DELIVERY decimal(26,8),                                -- since 2026
  CUSTOM_PRICE_DELIVERY char(1),
  ALLOW_DELIVERY char(1) DEFAULT 'N',
  DATE_ALLOW_DELIVERY datetime,
  EMP_ALLOW_DELIVERY_ID int(11),
  DEDUCTED char(1) DEFAULT 'N',
  DATE_DEDUCTED datetime,
  EMP_DEDUCTED_ID int(11),
  REASON_UNDO_DEDUCTED varchar(255),
  RESERVED char(1),
  DELIVERY_ID int(11) NOT NULL,
  DELIVERY_DOC_NUM varchar(20),
  DELIVERY_DOC_DATE datetime,
  TRACKING_NUMBER varchar(255),
  XML_ID varchar(255),
  DELIVERY_NAME varchar(128),
  CANCELED char(1) DEFAULT 'N',
  DATE_CANCELED datetime,
  EMP_CANCELED_ID int(11),
  REASON_CANCELED varchar(255) DEFAULT '',
  MARKED char(1),
  DATE_MARKED datetime,
  EMP_MARKED_ID int(11),
  REASON_MARKED varchar(255),
  CURRENCY varchar(3),
  `SYSTEM` char(1) NOT NULL DEFAULT 'N',
  WEIGHT double(18,4) DEFAULT 0,                                    -- since 19
  RESPONSIBLE_ID int(11),
  EMP_RESPONSIBLE_ID int(11),
  DATE_RESPONSIBLE_ID datetime,
  COMMENTS text,
  COMPANY_ID int(11),
  TRACKING_STATUS int(11),
  TRACKING_DESCRIPTION varchar(255),
  TRACKING_LAST_CHECK datetime,
  TRACKING_LAST_CHANGE datetime,
  ID_1C varchar(36),
  VERSION_1C varchar(15),
  EXTERNAL_DELIVERY char(1) NOT NULL DEFAULT 'N',
  UPDATED_1C char(1) NOT NULL DEFAULT 'N',
  PRIMARY KEY (ID),
  UNIQUE KEY IXS_DLV_ACCOUNT_NUMBER (ACCOUNT_NUMBER),
  KEY IX_BSOD_ALLOW_DELIVERY (ALLOW_DELIVERY),
  KEY IX_BSOD_CANCELED (CANCELED),
  KEY IX_BSOD_DATE_ALLOW_DELIVERY (DATE_ALLOW_DELIVERY),
  KEY IX_BSOD_DATE_CANCELED (DATE_CANCELED),
  KEY IX_BSOD_ORDER_ID (ORDER_ID)
);

CREATE TABLE b_sale_order_dlv_basket (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_DELIVERY_ID int(11) NOT NULL,
  BASKET_ID int(11) NOT NULL,
  DATE_INSERT datetime NOT NULL,
  QUANTITY decimal(18,4) NOT NULL,
  RESERVED_QUANTITY decimal(18,4) NOT NULL,
  XML_ID varchar(255),                                              -- since 18.6
  PRIMARY KEY (ID),
  KEY IX_BSODB_ORDER_DELIVERY_ID (ORDER_DELIVERY_ID),
  KEY IX_S_O_DB_BASKET_ID (BASKET_ID)
);

CREATE TABLE b_sale_status (
  ID varchar(2) NOT NULL,
  TYPE char(1) NOT NULL DEFAULT 'O',
  SORT int(11) NOT NULL DEFAULT 100,
  NOTIFY char(1) NOT NULL DEFAULT 'Y',
  COLOR varchar(10),                                                -- since 17
  XML_ID varchar(255),                                              -- since 18.6
  PRIMARY KEY (ID)
);

CREATE TABLE b_sale_status_lang (
  STATUS_ID varchar(2) NOT NULL,
  LID char(2) NOT NULL,
  NAME varchar(100) NOT NULL,
  DESCRIPTION varchar(250),
  PRIMARY KEY (STATUS_ID, LID)
);

CREATE TABLE b_sale_tp (
  ID int(11) NOT NULL AUTO_INCREMENT,
  CODE varchar(20) NOT NULL,
  ACTIVE char(1) NOT NULL DEFAULT 'Y',
  NAME varchar(500) NOT NULL,
  DESCRIPTION varchar(255),
  SETTINGS text,
  CATALOG_SECTION_TAB_CLASS_NAME varchar(255),
  CLASS varchar(255),
  PRIMARY KEY (ID),
  UNIQUE KEY IX_UNIQ_NAME (CODE)
);

CREATE TABLE b_sale_tp_order (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_ID int(11) NOT NULL,
  EXTERNAL_ORDER_ID varchar(100) NOT NULL,
  TRADING_PLATFORM_ID int(11) NOT NULL,
  PARAMS text,
  XML_ID varchar(255),                                              -- since 19
  PRIMARY KEY (ID),
  UNIQUE KEY IX_UNIQ_NUMBERS (ORDER_ID, TRADING_PLATFORM_ID, EXTERNAL_ORDER_ID)
);

CREATE TABLE b_sale_person_type (
  ID int(11) NOT NULL AUTO_INCREMENT,
  LID char(2) NOT NULL,
  NAME varchar(255) NOT NULL,
  CODE varchar(255),                                                -- since 18.5
  SORT int(11) NOT NULL DEFAULT 150,
  ACTIVE varchar(1) NOT NULL DEFAULT 'Y',
  ENTITY_REGISTRY_TYPE varchar(255),                                -- since 18.5
  XML_ID varchar(255),                                              -- since 18.6
  PRIMARY KEY (ID),
  KEY IXS_PERSON_TYPE_LID (LID)
);

CREATE TABLE b_sale_person_type_site (
  PERSON_TYPE_ID int(18) NOT NULL DEFAULT 0,
  SITE_ID char(2) NOT NULL DEFAULT '',
  PRIMARY KEY (PERSON_TYPE_ID, SITE_ID)
);

CREATE TABLE b_sale_bizval (
  CODE_KEY varchar(50) NOT NULL,
  CONSUMER_KEY varchar(50) NOT NULL,
  PERSON_TYPE_ID int(11) NOT NULL,
  PROVIDER_KEY varchar(50) NOT NULL,
  PROVIDER_VALUE varchar(2000),                                     -- before 18.6
  PROVIDER_VALUE text,                                              -- since 18.6
  PRIMARY KEY (CODE_KEY, CONSUMER_KEY, PERSON_TYPE_ID)
);

CREATE TABLE b_sale_bizval_persondomain (
  PERSON_TYPE_ID int(11) NOT NULL,
  DOMAIN char(1) NOT NULL,
  PRIMARY KEY (PERSON_TYPE_ID, DOMAIN)
);

CREATE TABLE b_sale_order_change (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_ID int(11) NOT NULL,
  TYPE varchar(255) NOT NULL,
  DATA varchar(512),
  DATE_CREATE datetime NOT NULL,
  DATE_MODIFY datetime NOT NULL,
  USER_ID int(11) NOT NULL,
  ENTITY varchar(50),
  ENTITY_ID int(11),
  PRIMARY KEY (ID),
  KEY IXS_ORDER_ID_CHANGE (ORDER_ID),
  KEY IXS_TYPE_CHANGE (TYPE)
);

CREATE TABLE b_sale_order_history (
  ID int(11) unsigned NOT NULL AUTO_INCREMENT,
  H_USER_ID int(11) unsigned NOT NULL,
  H_DATE_INSERT datetime NOT NULL,
  H_ORDER_ID int(11) unsigned NOT NULL,
  H_CURRENCY char(3) NOT NULL,
  PERSON_TYPE_ID int(11) unsigned,
  PAYED char(1),
  DATE_PAYED datetime,
  EMP_PAYED_ID int(11) unsigned,
  CANCELED char(1),
  DATE_CANCELED datetime,
  REASON_CANCELED varchar(255),
  STATUS_ID varchar(2) NOT NULL,
  DATE_STATUS datetime,
  PRICE_DELIVERY decimal(18,2),
  ALLOW_DELIVERY char(1),
  DATE_ALLOW_DELIVERY datetime,
  RESERVED char(1),
  DEDUCTED char(1),
  DATE_DEDUCTED datetime,
  REASON_UNDO_DEDUCTED varchar(255),
  MARKED char(1),
  DATE_MARKED datetime,
  REASON_MARKED varchar(255),
  PRICE decimal(18,2),
  CURRENCY char(3),
  DISCOUNT_VALUE decimal(18,2),
  USER_ID int(11) unsigned,
  PAY_SYSTEM_ID int(11) unsigned,
  DELIVERY_ID varchar(50),
  PS_STATUS char(1),
  PS_STATUS_CODE char(5),
  PS_STATUS_DESCRIPTION varchar(250),
  PS_STATUS_MESSAGE varchar(250),
  PS_SUM decimal(18,2),
  PS_CURRENCY char(3),
  PS_RESPONSE_DATE datetime,
  TAX_VALUE decimal(18,2),
  STAT_GID varchar(255),
  SUM_PAID decimal(18,2),
  PAY_VOUCHER_NUM varchar(20),
  PAY_VOUCHER_DATE date,
  AFFILIATE_ID int(11) unsigned,
  DELIVERY_DOC_NUM varchar(20),
  DELIVERY_DOC_DATE date,
  PRIMARY KEY (ID),
  KEY ixH_ORDER_ID (H_ORDER_ID)
);

CREATE TABLE b_sale_order_tax (
  ID int(11) NOT NULL AUTO_INCREMENT,
  ORDER_ID int(11) NOT NULL,
  TAX_NAME varchar(255) NOT NULL,
  VALUE decimal(18,4),
  VALUE_MONEY decimal(18,4) NOT NULL,
  APPLY_ORDER int(11) NOT NULL,
  CODE varchar(50),
  IS_PERCENT char(1) NOT NULL DEFAULT 'Y',
  IS_IN_PRICE char(1) NOT NULL DEFAULT 'N',
  PRIMARY KEY (ID),
  KEY ixs_sot_order_id (ORDER_ID)
);

CREATE TABLE b_sale_order_archive (  -- since 17
  ID int(11) NOT NULL AUTO_INCREMENT,
  LID char(2) NOT NULL,
  ORDER_ID int(11) NOT NULL,
  ACCOUNT_NUMBER varchar(100) NOT NULL,
  DATE_INSERT datetime NOT NULL,
  PERSON_TYPE_ID int(11) NOT NULL,
  USER_ID int(11) NOT NULL,
  STATUS_ID varchar(2) NOT NULL,
  PAYED char(1) NOT NULL DEFAULT 'N',
  DEDUCTED char(1) NOT NULL DEFAULT 'N',
  CANCELED char(1) NOT NULL DEFAULT 'N',
  PRICE decimal(18,4) NOT NULL,
  CURRENCY char(3) NOT NULL,
  ORDER_DATA mediumtext,
  VERSION int(11) NOT NULL,
  DATE_ARCHIVED datetime NOT NULL,
  PRIMARY KEY (ID),
  KEY IXS_ORDER_ID (ORDER_ID)
);

CREATE TABLE b_sale_cashbox_check (  -- since 17
  ID int(11) NOT NULL AUTO_INCREMENT,
  CASHBOX_ID int(11),
  EXTERNAL_UUID varchar(100),
  PAYMENT_ID int(11),
  SHIPMENT_ID int(11),
  CNT_FAIL_PRINT int(11) DEFAULT 0,
  ORDER_ID int(11),
  DATE_CREATE datetime NOT NULL,
  DATE_PRINT_START datetime,
  DATE_PRINT_END datetime,
  `SUM` decimal(18,4),
  CURRENCY char(3),
  STATUS char(1) NOT NULL DEFAULT 'N',
  TYPE varchar(255) NOT NULL,
  ENTITY_REGISTRY_TYPE varchar(255) NOT NULL,                       -- since 18.5
  LINK_PARAMS text,
  ERROR_MESSAGE text,                                               -- since 22.8
  PRIMARY KEY (ID),
  KEY IX_SALE_CHECK_ORDER_ID (ORDER_ID),
  KEY IX_SALE_CHECK_PAYMENT_ID (PAYMENT_ID),
  KEY IX_SALE_CHECK_SHIPMENT_ID (SHIPMENT_ID),
  KEY IX_SALE_CHECK_STATUS (STATUS)
);

CREATE TABLE b_sale_check_related_entities (  -- since 17.8
  ID int(11) NOT NULL AUTO_INCREMENT,
  CHECK_ID int(11) NOT NULL,
  ENTITY_ID int(11) NOT NULL,
  ENTITY_TYPE char(1) NOT NULL,
  ENTITY_CHECK_TYPE varchar(50),
  PRIMARY KEY (ID)
);

CREATE TABLE b_sale_user_account (
  ID int(11) NOT NULL AUTO_INCREMENT,
  USER_ID int(11) NOT NULL,
  TIMESTAMP_X timestamp NOT NULL DEFAULT current_timestamp(),       -- before 25
  TIMESTAMP_X datetime NOT NULL,                                    -- since 25
  CURRENT_BUDGET decimal(18,4) NOT NULL DEFAULT 0,
  CURRENCY char(3) NOT NULL,
  LOCKED char(1) NOT NULL DEFAULT 'N',
  DATE_LOCKED datetime,
  NOTES text,
  PRIMARY KEY (ID),
  UNIQUE KEY IX_S_U_USER_ID (USER_ID, CURRENCY)
);

CREATE TABLE b_sale_user_transact (
  ID int(11) NOT NULL AUTO_INCREMENT,
  USER_ID int(11) NOT NULL,
  TIMESTAMP_X timestamp NOT NULL DEFAULT current_timestamp(),       -- before 25
  TIMESTAMP_X datetime NOT NULL,                                    -- since 25
  TRANSACT_DATE datetime NOT NULL,
  AMOUNT decimal(18,4) NOT NULL DEFAULT 0,
  CURRENCY char(3) NOT NULL,
  DEBIT char(1) NOT NULL DEFAULT 'N',
  ORDER_ID int(11),
  DESCRIPTION varchar(255) NOT NULL,
  NOTES text,
  PAYMENT_ID int(11),
  EMPLOYEE_ID int(11),
  PRIMARY KEY (ID),
  KEY IX_S_U_T_ORDER_ID (ORDER_ID),
  KEY IX_S_U_T_PAYMENT_ID (PAYMENT_ID),
  KEY IX_S_U_T_USER_ID_CURRENCY (USER_ID, CURRENCY)
);

CREATE TABLE b_sale_order_archive (  -- since 17
  ID int(11) NOT NULL AUTO_INCREMENT,
  LID char(2) NOT NULL,
  ORDER_ID int(11) NOT NULL,
  ACCOUNT_NUMBER varchar(100) NOT NULL,
  DATE_INSERT datetime NOT NULL,
  PERSON_TYPE_ID int(11) NOT NULL,
  USER_ID int(11) NOT NULL,
  STATUS_ID varchar(2) NOT NULL,
  PAYED char(1) NOT NULL DEFAULT 'N',
  DEDUCTED char(1) NOT NULL DEFAULT 'N',
  CANCELED char(1) NOT NULL DEFAULT 'N',
  PRICE decimal(18,4) NOT NULL,
  SUM_PAID decimal(18,2),                                           -- since 17.5
  CURRENCY char(3) NOT NULL,
  XML_ID varchar(255),
  ID_1C varchar(36),
  ORDER_DATA mediumtext,
  RESPONSIBLE_ID int(11),
  COMPANY_ID int(11),
  VERSION int(11) NOT NULL,
  DATE_ARCHIVED datetime NOT NULL,
  PRIMARY KEY (ID),
  KEY IXS_ACCOUNT_NUMBER (ACCOUNT_NUMBER),
  KEY IXS_COMPANY_ID (COMPANY_ID),
  KEY IXS_DATE_ARCHIVED (DATE_ARCHIVED),
  KEY IXS_DATE_INSERT (DATE_INSERT),
  KEY IXS_ID_1C (ID_1C),
  KEY IXS_ORDER_ID (ORDER_ID),
  KEY IXS_RESPONSIBLE_ID (RESPONSIBLE_ID),
  KEY IXS_STATUS_ID (STATUS_ID),
  KEY IXS_USER_ID (USER_ID),
  KEY IXS_XML_ID (XML_ID)
);

CREATE TABLE b_sale_order_archive_packed (  -- since 17.5
  ORDER_ARCHIVE_ID int(11) NOT NULL,
  ORDER_DATA mediumtext,
  PRIMARY KEY (ORDER_ARCHIVE_ID)
);

CREATE TABLE b_sale_basket_archive (  -- since 17
  ID int(11) NOT NULL AUTO_INCREMENT,
  ARCHIVE_ID int(11) NOT NULL,
  PRODUCT_ID int(11) NOT NULL,
  PRODUCT_PRICE_ID int(11),
  NAME varchar(255) NOT NULL,
  PRICE decimal(18,4),
  CURRENCY char(3),
  QUANTITY double(18,4),
  WEIGHT double(18,4),
  DATE_INSERT datetime NOT NULL,
  MODULE varchar(100),
  PRODUCT_XML_ID varchar(100),
  TYPE int(11),
  SET_PARENT_ID int(11),
  MEASURE_CODE int(11),
  MEASURE_NAME varchar(50),
  BASKET_DATA mediumtext,
  PRIMARY KEY (ID),
  KEY IXS_ARCHIVE_ID (ARCHIVE_ID),
  KEY IXS_PRODUCT_ID (PRODUCT_ID)
);

CREATE TABLE b_sale_delivery_srv (
  ID int(11) NOT NULL AUTO_INCREMENT,
  CODE varchar(50),
  PARENT_ID int(11),
  NAME varchar(255) NOT NULL,
  ACTIVE char(1) NOT NULL,
  DESCRIPTION text,
  SORT int(11) NOT NULL,
  LOGOTIP int(11),
  CONFIG longtext,
  CLASS_NAME varchar(255) NOT NULL,
  CURRENCY char(3) NOT NULL,
  TRACKING_PARAMS varchar(255),
  ALLOW_EDIT_SHIPMENT char(1) NOT NULL DEFAULT 'Y',
  VAT_ID int(11),                                                   -- since 17.5
  XML_ID varchar(255),                                              -- since 18.6
  PRIMARY KEY (ID),
  KEY IX_BSD_SRV_CODE (CODE),
  KEY IX_BSD_SRV_PARENT_ID (PARENT_ID)
);

CREATE TABLE b_catalog_vat (
  ID int(11) NOT NULL AUTO_INCREMENT,
  TIMESTAMP_X timestamp NOT NULL DEFAULT current_timestamp(),       -- before 25
  TIMESTAMP_X datetime NOT NULL,                                    -- since 25
  ACTIVE char(1) NOT NULL DEFAULT 'Y',
  C_SORT int(18) NOT NULL DEFAULT 100,
  NAME varchar(50) NOT NULL DEFAULT '',
  RATE decimal(18,2) DEFAULT 0,
  EXCLUDE_VAT char(1) NOT NULL DEFAULT 'N',                         -- since 22.8
  XML_ID varchar(255),                                              -- since 22.8
  PRIMARY KEY (ID),
  KEY IX_CAT_VAT_ACTIVE (ACTIVE)
);

CREATE TABLE b_catalog_measure (
  ID int(11) NOT NULL AUTO_INCREMENT,
  CODE int(11) NOT NULL,
  MEASURE_TITLE varchar(500),
  SYMBOL_RUS varchar(20),
  SYMBOL_INTL varchar(20),
  SYMBOL_LETTER_INTL varchar(20),
  IS_DEFAULT char(1) NOT NULL DEFAULT 'N',
  PRIMARY KEY (ID),
  UNIQUE KEY IX_B_CATALOG_MEASURE1 (CODE)
);

CREATE TABLE b_catalog_product (
  ID int(11) NOT NULL,
  QUANTITY double NOT NULL,
  QUANTITY_TRACE char(1) NOT NULL DEFAULT 'N',
  WEIGHT double NOT NULL DEFAULT 0,
  TIMESTAMP_X timestamp NOT NULL DEFAULT current_timestamp(),       -- before 25
  TIMESTAMP_X datetime NOT NULL,                                    -- since 25
  PRICE_TYPE char(1) NOT NULL DEFAULT 'S',
  RECUR_SCHEME_LENGTH int(11),
  RECUR_SCHEME_TYPE char(1) NOT NULL DEFAULT 'D',
  TRIAL_PRICE_ID int(11),
  WITHOUT_ORDER char(1) NOT NULL DEFAULT 'N',
  SELECT_BEST_PRICE char(1) NOT NULL DEFAULT 'Y',
  VAT_ID int(11) DEFAULT 0,
  VAT_INCLUDED char(1) DEFAULT 'Y',
  CAN_BUY_ZERO char(1) NOT NULL DEFAULT 'N',
  NEGATIVE_AMOUNT_TRACE char(1) NOT NULL DEFAULT 'D',
  TMP_ID varchar(40),
  PURCHASING_PRICE decimal(18,2),
  PURCHASING_CURRENCY char(3),
  BARCODE_MULTI char(1) NOT NULL DEFAULT 'N',
  QUANTITY_RESERVED double DEFAULT 0,
  SUBSCRIBE char(1),
  WIDTH double,
  LENGTH double,
  HEIGHT double,
  MEASURE int(11),
  TYPE int(11),
  AVAILABLE char(1),
  BUNDLE char(1),
  PRIMARY KEY (ID)
);

CREATE TABLE b_catalog_currency (
  CURRENCY char(3) NOT NULL,
  AMOUNT_CNT int(11) NOT NULL DEFAULT 1,
  AMOUNT decimal(18,4),
  SORT int(11) NOT NULL DEFAULT 100,
  DATE_UPDATE datetime NOT NULL,
  NUMCODE char(3),
  BASE char(1) NOT NULL DEFAULT 'N',
  CREATED_BY int(18),
  DATE_CREATE datetime,
  MODIFIED_BY int(18),
  CURRENT_BASE_RATE decimal(26,12),
  PRIMARY KEY (CURRENCY)
);

CREATE TABLE b_option (
  MODULE_ID varchar(50) NOT NULL,
  NAME varchar(100) NOT NULL,
  VALUE longtext,
  DESCRIPTION varchar(255),
  SITE_ID char(2),
  UNIQUE KEY ix_option (MODULE_ID, NAME, SITE_ID)
);

CREATE TABLE b_lang (
  LID char(2) NOT NULL,
  SORT int(18) NOT NULL DEFAULT 100,
  DEF char(1) NOT NULL DEFAULT 'N',
  ACTIVE char(1) NOT NULL DEFAULT 'Y',
  NAME varchar(50) NOT NULL,
  DIR varchar(50) NOT NULL,
  LANGUAGE_ID char(2) NOT NULL,
  SERVER_NAME varchar(255),
  PRIMARY KEY (LID)
);

CREATE TABLE b_user (
  ID int(18) NOT NULL AUTO_INCREMENT,
  LOGIN varchar(50) NOT NULL,
  ACTIVE char(1) NOT NULL DEFAULT 'Y',
  NAME varchar(50),
  LAST_NAME varchar(50),
  EMAIL varchar(255),
  DATE_REGISTER datetime NOT NULL,
  PRIMARY KEY (ID)
);
