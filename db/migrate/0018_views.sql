-- How a hub looks at its records: boards with their totals, saved views, changes of many at once.

-- What a board's columns hold, so that a board of 300,000 cards need not count them: see
-- src/record/tallies.h. Kept by the transactions that change records.
CREATE TABLE tallies (
    type     @text   NOT NULL,
    field    @text   NOT NULL,          -- the choice that the columns are of
    sum      @text   NOT NULL,          -- the field that is added up; '': records are counted
    value    @text   NOT NULL,          -- of the choice
    currency @text   NOT NULL,          -- '' where there is none
    audience INTEGER NOT NULL,
    n        BIGINT  NOT NULL,          -- records that have a value
    amount   BIGINT  NOT NULL,
    PRIMARY KEY (type, field, sum, value, currency, audience)
) @clustered;

CREATE TABLE places (                   -- cards that were put somewhere: src/record/places.h
    record_id BIGINT NOT NULL,
    field     @text  NOT NULL,          -- "deal.stage"
    value     @text  NOT NULL,          -- the column
    place     BIGINT NOT NULL,          -- the greatest stands on top
    PRIMARY KEY (record_id, field)
) @clustered;
CREATE INDEX places_column ON places (field, value, place, record_id);

CREATE TABLE views (                    -- lists that somebody gave a name
    id       @id,
    type     @text   NOT NULL,
    owner_id BIGINT  NOT NULL,
    name     @text   NOT NULL,
    shared   INTEGER NOT NULL,          -- 0: with nobody, 1: staff, 2: everyone who sees the type
    query    @text   NOT NULL,          -- as in an address: filters, order, columns, look
    position BIGINT  NOT NULL,
    made_at  BIGINT  NOT NULL,
    UNIQUE (owner_id, type, name)
);
CREATE INDEX views_type ON views (type, shared, position, id);

CREATE TABLE view_defaults (            -- what somebody sees first of a type
    person_id BIGINT NOT NULL,
    type      @text  NOT NULL,
    view_id   BIGINT NOT NULL,
    PRIMARY KEY (person_id, type)
) @clustered;

CREATE TABLE bulk_acts (                -- one change of many records, which can be undone as a whole
    id        @id,
    type      @text  NOT NULL,
    person_id BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    act       @text  NOT NULL,          -- set, tag, untag, delete
    field     @text  NOT NULL,
    value     @text  NOT NULL,
    total     BIGINT NOT NULL,
    done      BIGINT NOT NULL,          -- changed, or looked at and left
    changed   BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX bulk_acts_person ON bulk_acts (person_id, id);

CREATE TABLE bulk_rows (
    act_id    BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    revision  BIGINT NOT NULL,          -- that it had behind the change; 0: not yet, -1: left alone
    PRIMARY KEY (act_id, record_id)
) @clustered;
