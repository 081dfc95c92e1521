-- The first rooms: spaces with their members, ideas, topics.

CREATE TABLE spaces (
    id       BIGINT NOT NULL PRIMARY KEY,
    slug     @text NOT NULL UNIQUE,
    name     @text NOT NULL,           -- as records.title, for the joins of every page
    openness @text NOT NULL            -- anyone, request, invitation
) @clustered;

CREATE TABLE memberships (
    space_id  BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    role      INTEGER NOT NULL,        -- src/record/access.h: asked, invited, reader, member, moderator
    at        BIGINT NOT NULL,
    PRIMARY KEY (space_id, person_id)
) @clustered;
CREATE INDEX memberships_person ON memberships (person_id, space_id, role);

CREATE TABLE ideas (
    id        BIGINT NOT NULL PRIMARY KEY,
    answer_id BIGINT,                  -- the official answer that stands: a record of type answer
    merged_id BIGINT                   -- the idea that this one was merged into
) @clustered;

CREATE TABLE topics (
    id          BIGINT NOT NULL PRIMARY KEY,
    accepted_id BIGINT                 -- the accepted answer
) @clustered;
