-- PostgreSQL: a search looks at the words of hundreds of records and at the text of few. Words stay
-- in the row, and it is the text that moves out of a long one. Rows written before stay as they are
-- until they are written again.

--@postgres
ALTER TABLE search_roots ALTER COLUMN words SET STORAGE MAIN;
ALTER TABLE search_replies ALTER COLUMN words SET STORAGE MAIN;
-- What was written last waits in a list which each search reads from end to end: at the usual 4 MiB
-- that alone is 7 ms.
ALTER INDEX search_roots_words SET (gin_pending_list_limit = 512);
ALTER INDEX search_replies_words SET (gin_pending_list_limit = 512);
--@end
