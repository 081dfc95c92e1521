-- Records that may be the same, and two that were made one; see src/record/duplicates.h, merge.h.

CREATE TABLE similar_keys (              -- two records that may be the same share at least one
    hash      BIGINT NOT NULL,           -- of the type and the key (src/text/similar.h)
    record_id BIGINT NOT NULL,
    PRIMARY KEY (hash, record_id)
) @clustered;

CREATE TABLE duplicates (                -- pairs; a_id is the smaller
    id        @id,
    a_id      BIGINT NOT NULL,
    b_id      BIGINT NOT NULL,
    type      @text  NOT NULL,
    score     BIGINT NOT NULL,           -- 0 to 100
    reasons   @text  NOT NULL,           -- a line each: points, tab, words, tab, value, tab, value
    state     @text  NOT NULL,           -- open; different: a person said so, for good
    person_id BIGINT,                    -- who said so
    at        BIGINT NOT NULL,
    UNIQUE (a_id, b_id)
);
CREATE INDEX duplicates_open ON duplicates (score, id) WHERE state = 'open';
CREATE INDEX duplicates_b ON duplicates (b_id, a_id);

CREATE TABLE duplicate_walks (           -- one row: how far the log has been looked through
    id          BIGINT NOT NULL PRIMARY KEY, -- 1
    activity_id BIGINT NOT NULL
) @clustered;
INSERT INTO duplicate_walks (id, activity_id) VALUES (1, 0);

CREATE TABLE merges (
    id          @id,
    type        @text  NOT NULL,
    from_id     BIGINT NOT NULL,         -- stays as a row, found by nothing
    into_id     BIGINT NOT NULL,
    person_id   BIGINT,
    at          BIGINT NOT NULL,
    state       @text  NOT NULL,         -- running, done, undoing, undone
    stage       BIGINT NOT NULL DEFAULT 0, -- which kind of rows is being moved
    activity_id BIGINT NOT NULL,         -- of the merge in the log
    from_state  @text  NOT NULL,         -- what records.state was
    moved       BIGINT NOT NULL DEFAULT 0,
    lost        BIGINT NOT NULL DEFAULT 0, -- not put back: something newer had changed it
    told        @text  NOT NULL DEFAULT '', -- of these a line each
    undone_at   BIGINT,
    undone_by   BIGINT
);
CREATE INDEX merges_from ON merges (from_id, id);
CREATE INDEX merges_into ON merges (into_id, id);

CREATE TABLE merge_rows (                -- what a merge has changed, in its order
    merge_id BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    move     @text  NOT NULL,            -- "follows.record_id", "deals.organisation", "field", ...
    key1     BIGINT NOT NULL,            -- of the row, beside the column that was changed
    key2     BIGINT NOT NULL,
    name     @text  NOT NULL,            -- a key of text: a link's kind, a field's name
    was      BIGINT NOT NULL,
    became   BIGINT NOT NULL,
    text_was @text  NOT NULL DEFAULT '',
    text_is  @text  NOT NULL DEFAULT '',
    real_was DOUBLE PRECISION NOT NULL DEFAULT 0,
    real_is  DOUBLE PRECISION NOT NULL DEFAULT 0,
    PRIMARY KEY (merge_id, n)
) @clustered;

-- What somebody has voted for, when two persons become one.
CREATE INDEX votes_person ON votes (person_id, record_id) WHERE person_id > 0;
