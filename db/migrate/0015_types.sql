-- Types of records and their fields; see src/record/types.h. What the program declares stands in
-- the program; here stands what a hub has made or changed itself. Columns and tables are made by
-- src/record/types_sync.c when a declaration asks for them.

CREATE TABLE types (                   -- made in the hub
    id       @id,
    name     @text  NOT NULL UNIQUE,   -- internal, for good: "boat"; its table is own_boats
    plural   @text  NOT NULL UNIQUE,   -- in addresses, for good: "boats"
    noun     @text  NOT NULL,          -- for people: "Boat"
    label    @text  NOT NULL,          -- "Boats"
    lead     @text  NOT NULL,
    icon     @text  NOT NULL,
    audience BIGINT NOT NULL,          -- of a new record: src/record/access.h
    maker    BIGINT NOT NULL,          -- who may make one: enum who of src/http/request.h
    votes    BIGINT NOT NULL,          -- people may vote for one
    made_at  BIGINT NOT NULL,
    off_at   BIGINT                    -- switched off: hidden, nothing is lost
);

CREATE TABLE fields (                  -- of any type; one that the program declares too changes it
    id       @id,
    type     @text  NOT NULL,
    name     @text  NOT NULL,          -- internal, for good; the column is own_<name>
    label    @text  NOT NULL,
    help     @text  NOT NULL,
    section  @text  NOT NULL,
    kind     @text  NOT NULL,
    flags    BIGINT NOT NULL,
    position BIGINT NOT NULL,
    config   @text  NOT NULL,          -- JSON: choices, target, currency, formula, ...
    made_at  BIGINT NOT NULL,
    off_at   BIGINT,                   -- switched off: hidden, nothing is lost
    UNIQUE (type, name)
);

CREATE TABLE catalogs (                -- one row: every process sees when a type has changed
    id      BIGINT NOT NULL PRIMARY KEY, -- 1
    version BIGINT NOT NULL,
    program BIGINT NOT NULL            -- of the declarations that the tables were made for
) @clustered;
INSERT INTO catalogs (id, version, program) VALUES (1, 1, 0);

-- By how a title begins, and each of its words: folded words, joined by blanks, from each word on.
CREATE TABLE titles (
    type      @text  NOT NULL,
    key       @text  NOT NULL,
    record_id BIGINT NOT NULL,
    PRIMARY KEY (type, key, record_id)
) @clustered;

ALTER TABLE records ADD COLUMN owner_id BIGINT;                        -- who looks after it
CREATE INDEX records_owner ON records (owner_id, type, created_at, id) WHERE owner_id IS NOT NULL;
ALTER TABLE revisions ADD COLUMN changes @text NOT NULL DEFAULT '';    -- JSON: {field: [was, is]}
ALTER TABLE links ADD COLUMN role @text NOT NULL DEFAULT '';           -- "decision maker"
