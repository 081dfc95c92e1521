-- Tables that people bring in as records, and what each import made of them; see
-- src/record/exchange.h.

CREATE TABLE exchanges (
    id          @id,
    type        @text  NOT NULL,            -- of the records
    person_id   BIGINT NOT NULL,            -- who brings it in, and with whose rights
    name        @text  NOT NULL,            -- of the file, as it was sent
    file        @text  NOT NULL,            -- in the folder of uploaded files: exchanges/<file>
    bytes       BIGINT NOT NULL,
    state       @text  NOT NULL,            -- new, trying, tried, running, done, undoing, undone, failed
    plan        @text  NOT NULL,            -- JSON: how the file is read, and what its columns are for
    report      @text  NOT NULL DEFAULT '', -- JSON: what a dry run would have done
    why         @text  NOT NULL DEFAULT '', -- of what failed
    rows_done   BIGINT NOT NULL DEFAULT 0,  -- so many rows of the file are in
    created     BIGINT NOT NULL DEFAULT 0,
    updated     BIGINT NOT NULL DEFAULT 0,
    same        BIGINT NOT NULL DEFAULT 0,  -- matched, and nothing was new
    skipped     BIGINT NOT NULL DEFAULT 0,
    rejected    BIGINT NOT NULL DEFAULT 0,
    deleted     BIGINT NOT NULL DEFAULT 0,  -- by the undoing
    reverted    BIGINT NOT NULL DEFAULT 0,
    kept        BIGINT NOT NULL DEFAULT 0,  -- something newer stands there
    made_at     BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX exchanges_type ON exchanges (type, id);

-- What an import made or changed and has not taken back.
CREATE TABLE exchange_records (
    exchange_id BIGINT NOT NULL,
    record_id   BIGINT NOT NULL,
    revision    BIGINT NOT NULL,            -- that it was left with
    made        BIGINT NOT NULL,            -- 1: the import made it; 0: changed it
    PRIMARY KEY (exchange_id, record_id)
) @clustered;

CREATE TABLE exchange_rejects (
    exchange_id BIGINT NOT NULL,
    number      BIGINT NOT NULL,            -- of the row in the file
    why         @text  NOT NULL,
    cells       @text  NOT NULL,            -- JSON
    PRIMARY KEY (exchange_id, number)
) @clustered;
