-- What a page asks for is its viewer's votes for what it shows: one stretch of this index, without a
-- look at the rows. See votes_own in src/record/votes.c.

DROP INDEX votes_person;
CREATE INDEX votes_person ON votes (person_id, record_id, delta) WHERE person_id > 0;
