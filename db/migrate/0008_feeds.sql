-- What feed readers need: to see at once that nothing has changed, and to read as somebody.

-- One row. A commit that may show in a feed gives it a new random mark, so that equal marks mean
-- equal contents, also after a backup was restored. See src/http/fresh.h.
CREATE TABLE marks (
    id   BIGINT NOT NULL PRIMARY KEY,      -- 1
    mark BIGINT NOT NULL,
    at   BIGINT NOT NULL
) @clustered;
INSERT INTO marks (id, mark, at) VALUES (1, 0, 0);

CREATE TABLE feed_keys (                   -- src/http/feed_key.h
    id          @id,
    person_id   BIGINT NOT NULL,
    name        @text NOT NULL,
    secret_hash @bytes NOT NULL,
    created_at  BIGINT NOT NULL,
    used_at     BIGINT                     -- at most an hour before the last use; NULL: never
);
CREATE INDEX feed_keys_person ON feed_keys (person_id);
