-- How much one wants to hear of a record, a space, a person (all three are records) or a tag; and
-- what of it one has read. Levels are those of src/record/follows.h: 0 muted, 1 normal,
-- 2 highlights, 3 everything. They stand in the key, so that those who hear of a comment are one
-- stretch of the table however many others watch the same thing.

CREATE TABLE watched (
    record_id BIGINT  NOT NULL,
    level     INTEGER NOT NULL,
    person_id BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,              -- when this level was chosen
    PRIMARY KEY (record_id, level, person_id)
) @clustered;
INSERT INTO watched (record_id, level, person_id, at)
SELECT f.record_id,
    CASE WHEN EXISTS (SELECT 1 FROM spaces s WHERE s.id = f.record_id) THEN 2 ELSE 3 END,
    f.person_id, f.at FROM follows f;
DROP TABLE follows;
ALTER TABLE watched RENAME TO follows;
CREATE UNIQUE INDEX follows_person ON follows (person_id, record_id);

CREATE TABLE tag_follows (
    tag_id    BIGINT  NOT NULL,
    level     INTEGER NOT NULL,
    person_id BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,
    PRIMARY KEY (tag_id, level, person_id)
) @clustered;
CREATE UNIQUE INDEX tag_follows_person ON tag_follows (person_id, tag_id);

-- Of an activity that concerns very many: up to which person its consumer has come.
ALTER TABLE cursors ADD COLUMN part BIGINT NOT NULL DEFAULT 0;

-- Seen is what the bell counts, read is what the page marks: all up to inboxes.read_id, and others
-- one by one.
ALTER TABLE notifications ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inboxes ADD COLUMN read_id BIGINT NOT NULL DEFAULT 0;
UPDATE inboxes SET read_id = seen_id;
CREATE INDEX notifications_mentions ON notifications (person_id, activity_id)
    WHERE reason = 'mention';

-- Who has looked at their notifications: their other open pages are told, in all processes.
CREATE TABLE looks (
    id        @id,
    at        BIGINT NOT NULL,
    person_id BIGINT NOT NULL
);
