-- Tables with long rows, by a key of one number. SQLite keeps the whole rows of a clustered table in
-- the inner nodes of its tree too: with a text in each row a node leads to four others, and a
-- million records are eight steps away. By number only keys stand there, and it is four.

CREATE TABLE records_keyed (
    id         @key   NOT NULL PRIMARY KEY,
    type       @text  NOT NULL,
    root_id    BIGINT NOT NULL,
    path       @text  NOT NULL,
    parent_id  BIGINT,
    space_id   BIGINT,
    author_id  BIGINT,
    title      @text  NOT NULL DEFAULT '',
    state      @text  NOT NULL DEFAULT '',
    audience   INTEGER NOT NULL,
    score      BIGINT NOT NULL DEFAULT 0,
    hot        DOUBLE PRECISION NOT NULL DEFAULT 0,
    rank_score BIGINT NOT NULL DEFAULT 0,
    rank_hot   DOUBLE PRECISION NOT NULL DEFAULT 0,
    comments   BIGINT NOT NULL DEFAULT 0,
    answers    BIGINT NOT NULL DEFAULT 0,
    thread     BIGINT NOT NULL DEFAULT 0,
    revision   BIGINT NOT NULL DEFAULT 1,
    tags       @text  NOT NULL DEFAULT '',
    excerpt    @text  NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    active_at  BIGINT NOT NULL,
    deleted_at BIGINT,
    html       @text  NOT NULL DEFAULT ''
);
INSERT INTO records_keyed (id, type, root_id, path, parent_id, space_id, author_id, title, state,
    audience, score, hot, rank_score, rank_hot, comments, answers, thread, revision, tags, excerpt,
    created_at, updated_at, active_at, deleted_at, html)
SELECT id, type, root_id, path, parent_id, space_id, author_id, title, state,
    audience, score, hot, rank_score, rank_hot, comments, answers, thread, revision, tags, excerpt,
    created_at, updated_at, active_at, deleted_at, html FROM records ORDER BY id;
DROP TABLE records;
ALTER TABLE records_keyed RENAME TO records;

CREATE UNIQUE INDEX records_thread ON records (root_id, path);
CREATE INDEX records_new ON records (type, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_score ON records (type, rank_score, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_hot ON records (type, rank_hot, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_state_new ON records (type, state, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_state_score ON records (type, state, rank_score, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_state_hot ON records (type, state, rank_hot, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_space_new ON records (space_id, type, created_at, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_space_score ON records (space_id, type, rank_score, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_space_hot ON records (space_id, type, rank_hot, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_unanswered ON records (type, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND answers = 0;
CREATE INDEX records_author ON records (author_id, type, created_at, id);
CREATE INDEX records_author_score ON records (author_id, type, rank_score, id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_author_hot ON records (author_id, type, rank_hot, id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_search ON records
    (id, audience, space_id, author_id, type, state, created_at, deleted_at, rank_score);

CREATE TABLE texts_keyed (
    record_id @key  NOT NULL PRIMARY KEY,
    format    @text NOT NULL,
    source    @text NOT NULL
);
INSERT INTO texts_keyed (record_id, format, source)
SELECT record_id, format, source FROM texts ORDER BY record_id;
DROP TABLE texts;
ALTER TABLE texts_keyed RENAME TO texts;

CREATE TABLE people_keyed (
    id               @key  NOT NULL PRIMARY KEY,
    handle           @text NOT NULL UNIQUE,
    name             @text NOT NULL,
    place            @text NOT NULL DEFAULT '',
    organisation     @text NOT NULL DEFAULT '',
    website          @text NOT NULL DEFAULT '',
    staff            INTEGER NOT NULL DEFAULT 0,
    email_for        INTEGER NOT NULL DEFAULT 4,
    about_for        INTEGER NOT NULL DEFAULT 0,
    place_for        INTEGER NOT NULL DEFAULT 0,
    organisation_for INTEGER NOT NULL DEFAULT 0,
    website_for      INTEGER NOT NULL DEFAULT 0
);
INSERT INTO people_keyed (id, handle, name, place, organisation, website, staff, email_for,
    about_for, place_for, organisation_for, website_for)
SELECT id, handle, name, place, organisation, website, staff, email_for, about_for, place_for,
    organisation_for, website_for FROM people ORDER BY id;
DROP TABLE people;
ALTER TABLE people_keyed RENAME TO people;

CREATE TABLE accounts_keyed (
    person_id   @key  NOT NULL PRIMARY KEY,
    email       @text NOT NULL UNIQUE,
    password    @text NOT NULL,
    role        INTEGER NOT NULL,
    home_seen   BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
);
INSERT INTO accounts_keyed (person_id, email, password, role, home_seen, created_at, disabled_at)
SELECT person_id, email, password, role, home_seen, created_at, disabled_at
FROM accounts ORDER BY person_id;
DROP TABLE accounts;
ALTER TABLE accounts_keyed RENAME TO accounts;
