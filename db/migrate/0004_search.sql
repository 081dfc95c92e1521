-- Full text; see src/record/search.h. Roots and what stands below them have an index each, so that
-- a million comments do not stand between a query and the ideas. The id of the record is the rowid.
--
-- title, tags and body are kept as they read, for snippets. The heads have the words of title and
-- tags a second time, marked: matches in titles are found without passing those in texts.

--@sqlite
CREATE VIRTUAL TABLE search_roots USING fts5
    (title, tags, body, title_head, tags_head, tokenize = 'skep');
CREATE VIRTUAL TABLE search_replies USING fts5 (body, tokenize = 'skep');
-- Small leaves: a rare word skips through the list of a common one, and each jump reads one leaf.
INSERT INTO search_roots (search_roots, rank) VALUES ('pgsz', 1000);
INSERT INTO search_replies (search_replies, rank) VALUES ('pgsz', 1000);
--@end
--@postgres
CREATE TABLE search_roots (
    rowid BIGINT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    tags  TEXT NOT NULL,
    body  TEXT NOT NULL,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_roots_words ON search_roots USING gin (words);
CREATE TABLE search_replies (
    rowid BIGINT NOT NULL PRIMARY KEY,
    body  TEXT NOT NULL,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_replies_words ON search_replies USING gin (words);
--@end

-- In about how many records a word occurs, from a sample of them; '' counts the records.
CREATE TABLE search_words (
    word    @text  NOT NULL PRIMARY KEY,
    roots   BIGINT NOT NULL,
    replies BIGINT NOT NULL
) @clustered;

-- Who may see a match, and what filters ask, without fetching its row.
CREATE INDEX records_search ON records
    (id, audience, space_id, author_id, type, state, created_at, deleted_at, score);
