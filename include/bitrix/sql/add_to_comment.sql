{# One statement, so that two runs at once, or a manager who saves the order meanwhile, lose nothing. Whole lines are
   compared, byte for byte: «12» does not stand in «123». MySQL compares by the collation of what is searched, MariaDB by
   an explicit one of either. DATE_UPDATE stays, or the order would count as changed. #}
UPDATE b_sale_order
   SET COMMENTS = CONCAT(COALESCE(COMMENTS, ''), IF(COALESCE(COMMENTS, '') = '', '', '\n'), %(line)s)
 WHERE ID = %(order_id)s
   AND LOCATE(
           CONCAT('\n', %(line)s, '\n'),
           CONCAT('\n', REPLACE(CONVERT(COALESCE(COMMENTS, '') USING utf8mb4), '\r', ''), '\n') COLLATE utf8mb4_bin
       ) = 0
