-- Where imported texts come from, and what each import made, so that it can be run again, gone on
-- with and undone.

CREATE TABLE origins (                     -- shown under each imported text
    root_id    BIGINT NOT NULL,            -- as records.root_id: a thread's origins stand together
    record_id  BIGINT NOT NULL,
    url        @text NOT NULL,             -- of the text where it came from
    author     @text NOT NULL,             -- as written there
    author_url @text NOT NULL DEFAULT '',
    licence    @text NOT NULL DEFAULT '',  -- "CC BY-SA 4.0"
    PRIMARY KEY (root_id, record_id)
) @clustered;

CREATE TABLE imports (
    id             @id,
    kind           @text NOT NULL,         -- stackexchange
    source         @text NOT NULL,         -- the site's host
    space_id       BIGINT NOT NULL,
    state          @text NOT NULL,         -- running, done, undoing, undone
    first_activity BIGINT NOT NULL,        -- the newest of the log when it began
    started_at     BIGINT NOT NULL,
    finished_at    BIGINT,
    UNIQUE (kind, source, space_id)
);

-- One row for each row of the source that was taken; written in the transaction that took it.
CREATE TABLE import_rows (
    import_id BIGINT NOT NULL,
    kind      @text NOT NULL,              -- space, user, missing, post, comment, vote, accepted
    key       @text NOT NULL,              -- its id there
    record_id BIGINT NOT NULL,             -- what was made of it; of a vote: the record voted on
    PRIMARY KEY (import_id, kind, key)
) @clustered;
CREATE INDEX import_rows_record ON import_rows (record_id);
