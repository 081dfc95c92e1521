-- The record core. Everything is a record: one row here plus, where a type has facts of its own,
-- one row in that type's table with the same id.
--
-- records is clustered by thread: root_id is the first record of a discussion (its own id for that
-- one), path is the place in its tree. One page reads one stretch of the table. html is kept on
-- the row because it is what pages show; the source that people edit lives in texts.

--@sequence records
CREATE TABLE records (
    id         BIGINT NOT NULL,
    type       @text  NOT NULL,             -- idea, topic, answer, comment, person, space, ...
    root_id    BIGINT NOT NULL,
    path       @text  NOT NULL,             -- '' for a root; see src/record/path.h
    parent_id  BIGINT,
    space_id   BIGINT,
    author_id  BIGINT,                      -- a person; NULL: not known
    title      @text  NOT NULL DEFAULT '',
    state      @text  NOT NULL DEFAULT '',  -- of the type: an idea's status, say
    audience   INTEGER NOT NULL,            -- src/record/access.h
    score      BIGINT NOT NULL DEFAULT 0,   -- sum of votes.delta
    hot        DOUBLE PRECISION NOT NULL DEFAULT 0, -- src/record/votes.h
    comments   BIGINT NOT NULL DEFAULT 0,   -- comments directly on it
    answers    BIGINT NOT NULL DEFAULT 0,   -- answers directly on it
    thread     BIGINT NOT NULL DEFAULT 0,   -- on a root: all records below it
    revision   BIGINT NOT NULL DEFAULT 1,
    tags       @text  NOT NULL DEFAULT '',  -- names joined by a blank, as in taggings
    excerpt    @text  NOT NULL DEFAULT '',  -- the beginning as plain text, for lists
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,             -- of the text
    active_at  BIGINT NOT NULL,             -- of anything in the thread
    deleted_at BIGINT,
    html       @text  NOT NULL DEFAULT '',
    PRIMARY KEY (root_id, path)
) @clustered;
CREATE UNIQUE INDEX records_id ON records (id);

-- Lists show roots only. Each filter that a list offers has each sort in an index of its own, so
-- that a page costs the same on a large hub as on a small one. audience and space_id stand last to
-- test who may see a row before it is fetched.
CREATE INDEX records_new ON records (type, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_score ON records (type, score, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_hot ON records (type, hot, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_state_new ON records (type, state, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_state_score ON records (type, state, score, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_state_hot ON records (type, state, hot, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_space_new ON records (space_id, type, created_at, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_space_score ON records (space_id, type, score, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_space_hot ON records (space_id, type, hot, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX records_unanswered ON records (type, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND answers = 0;
CREATE INDEX records_author ON records (author_id, type, created_at, id);

CREATE TABLE texts (
    record_id BIGINT NOT NULL PRIMARY KEY,
    format    @text NOT NULL,      -- markdown, or html (imported; cleaned before it is shown)
    source    @text NOT NULL
) @clustered;

CREATE TABLE revisions (             -- what a record said before each edit, and how it says it now
    record_id BIGINT NOT NULL,
    number    BIGINT NOT NULL,       -- 1 is the first
    at        BIGINT NOT NULL,
    editor_id BIGINT,
    title     @text NOT NULL,
    tags      @text NOT NULL,
    format    @text NOT NULL,
    source    @text NOT NULL,
    note      @text NOT NULL DEFAULT '',
    PRIMARY KEY (record_id, number)
) @clustered;

-- Every change appends here, in its own transaction; what follows from changes reads this log.
CREATE TABLE activities (
    id        @id,
    at        BIGINT NOT NULL,
    actor_id  BIGINT,
    verb      @text NOT NULL,        -- ActivityStreams 2.0 where it has a word
    type      @text NOT NULL,
    record_id BIGINT NOT NULL,
    root_id   BIGINT NOT NULL,
    space_id  BIGINT,
    audience  INTEGER NOT NULL,
    detail    @text NOT NULL DEFAULT '',
    request   @text NOT NULL DEFAULT ''  -- X-Turbo-Request-Id of the browser that did it
);
-- Likes are many and are shown as counts, never in timelines.
CREATE INDEX activities_space ON activities (space_id, id) WHERE verb <> 'Like';
CREATE INDEX activities_actor ON activities (actor_id, id) WHERE verb <> 'Like';

CREATE TABLE cursors (
    consumer    @text NOT NULL PRIMARY KEY,
    activity_id BIGINT NOT NULL
) @clustered;

-- Append-only: a vote taken back is a row with the opposite delta. records.score is the sum, kept
-- by the same transaction. person_id 0: imported without a name.
CREATE TABLE votes (
    record_id   BIGINT NOT NULL,
    person_id   BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    delta       INTEGER NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (record_id, person_id, activity_id)
) @clustered;

CREATE TABLE tags (
    id   @id,
    name @text NOT NULL UNIQUE,
    uses BIGINT NOT NULL DEFAULT 0   -- taggings with it
);
CREATE INDEX tags_uses ON tags (uses, name);

-- Carries the sort keys of its record, so that a tag's list is read in order from one index.
CREATE TABLE taggings (
    tag_id     BIGINT NOT NULL,
    record_id  BIGINT NOT NULL,
    type       @text NOT NULL,
    created_at BIGINT NOT NULL,
    score      BIGINT NOT NULL,
    hot        DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (record_id, tag_id)
) @clustered;
CREATE INDEX taggings_new ON taggings (tag_id, type, created_at, record_id);
CREATE INDEX taggings_score ON taggings (tag_id, type, score, record_id);
CREATE INDEX taggings_hot ON taggings (tag_id, type, hot, record_id);

CREATE TABLE links (
    from_id   BIGINT NOT NULL,
    kind      @text NOT NULL,        -- duplicate, related, mention, merged
    to_id     BIGINT NOT NULL,
    author_id BIGINT,
    at        BIGINT NOT NULL,
    PRIMARY KEY (from_id, kind, to_id)
) @clustered;
CREATE INDEX links_to ON links (to_id, kind, from_id);

CREATE TABLE follows (
    record_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (record_id, person_id)
) @clustered;
CREATE INDEX follows_person ON follows (person_id, record_id);

CREATE TABLE notifications (
    person_id   BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    record_id   BIGINT NOT NULL,
    reason      @text NOT NULL,      -- reply, follow, mention, answer, status
    at          BIGINT NOT NULL,
    seen_at     BIGINT,
    PRIMARY KEY (person_id, activity_id)
) @clustered;
CREATE INDEX notifications_unseen ON notifications (person_id) WHERE seen_at IS NULL;

CREATE TABLE participants (          -- who may see a record whose audience is "participants"
    record_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    role      @text NOT NULL DEFAULT '',
    PRIMARY KEY (record_id, person_id)
) @clustered;
CREATE INDEX participants_person ON participants (person_id, record_id);

CREATE TABLE settings (
    name  @text NOT NULL PRIMARY KEY,
    value @text NOT NULL
) @clustered;
