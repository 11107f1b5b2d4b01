SELECT s.LID
  FROM b_lang s
