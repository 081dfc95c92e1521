-- Inboxes by a key of one number: each notice looks its person's up and writes it.

CREATE TABLE inboxes_keyed (
    person_id @key   NOT NULL PRIMARY KEY,
    last_id   BIGINT NOT NULL,             -- activity of the newest notice
    seen_id   BIGINT NOT NULL,             -- the person has seen those up to this activity
    unseen    BIGINT NOT NULL DEFAULT 0,   -- how many came after it
    read_id   BIGINT NOT NULL DEFAULT 0    -- those up to this activity are marked as read
);
INSERT INTO inboxes_keyed (person_id, last_id, seen_id, unseen, read_id)
SELECT person_id, last_id, seen_id, unseen, read_id FROM inboxes ORDER BY person_id;
DROP TABLE inboxes;
ALTER TABLE inboxes_keyed RENAME TO inboxes;
