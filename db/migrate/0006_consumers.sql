-- What follows from the log of activities, by consumers that keep how far they have read.

ALTER TABLE activities ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0; -- imported: nobody is told
ALTER TABLE revisions ADD COLUMN activity_id BIGINT NOT NULL DEFAULT 0; -- of the edit that ended it

-- A vote changes score and hot of its record, in place. What lists are sorted by is copied from
-- there by the consumer "ranks", for many votes at a time: to move a record in each of the indexes
-- below costs more than the vote.
CREATE TABLE records_ranked (
    id         BIGINT NOT NULL,
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
    html       @text  NOT NULL DEFAULT '',
    PRIMARY KEY (root_id, path)
) @clustered;
INSERT INTO records_ranked (id, type, root_id, path, parent_id, space_id, author_id, title, state,
    audience, score, hot, rank_score, rank_hot, comments, answers, thread, revision, tags, excerpt,
    created_at, updated_at, active_at, deleted_at, html)
SELECT id, type, root_id, path, parent_id, space_id, author_id, title, state,
    audience, score, hot, score, hot, comments, answers, thread, revision, tags, excerpt,
    created_at, updated_at, active_at, deleted_at, html FROM records ORDER BY root_id, path;
DROP TABLE records;
ALTER TABLE records_ranked RENAME TO records;

CREATE UNIQUE INDEX records_id ON records (id);
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

-- Whom an activity concerns. Rows stand in the order of the log, so that telling many people is one
-- stretch of the table; each names the one before it of the same person, and inboxes the newest.
CREATE TABLE notices (
    activity_id BIGINT NOT NULL,
    person_id   BIGINT NOT NULL,
    reason      @text  NOT NULL,           -- reply, follow, mention, answer, status, invite
    before_id   BIGINT NOT NULL,           -- activity of the person's notice before; 0: none
    PRIMARY KEY (activity_id, person_id)
) @clustered;
INSERT INTO notices (activity_id, person_id, reason, before_id)
SELECT activity_id, person_id, reason,
    LAG(activity_id, 1, CAST(0 AS BIGINT)) OVER (PARTITION BY person_id ORDER BY activity_id)
FROM notifications ORDER BY activity_id, person_id;
CREATE TABLE inboxes (
    person_id BIGINT NOT NULL PRIMARY KEY,
    last_id   BIGINT NOT NULL,             -- activity of the newest notice
    seen_id   BIGINT NOT NULL,             -- the person has seen those up to this activity
    unseen    BIGINT NOT NULL DEFAULT 0    -- how many came after it
) @clustered;
INSERT INTO inboxes (person_id, last_id, seen_id)
SELECT person_id, MAX(activity_id),
    MAX(CASE WHEN seen_at IS NULL THEN 0 ELSE activity_id END)
FROM notifications GROUP BY person_id;
UPDATE inboxes SET unseen = (SELECT COUNT(*) FROM notifications n
    WHERE n.person_id = inboxes.person_id AND n.activity_id > inboxes.seen_id);
DROP TABLE notifications;
ALTER TABLE notices RENAME TO notifications;

INSERT INTO cursors (consumer, activity_id)
SELECT 'ranks', COALESCE(MAX(id), 0) FROM activities;
INSERT INTO cursors (consumer, activity_id)
SELECT 'notifications', COALESCE(MAX(id), 0) FROM activities;
