-- Most records of a customer desk are of types that nobody votes for, and stand in no space: what is
-- sorted by votes, asked for by status or unanswered, or listed in a space, is indexed for those
-- only that may be asked for so. `rank_hot` is 0 where nobody votes; see src/record/list.h.

DROP INDEX records_score;
DROP INDEX records_hot;
DROP INDEX records_state_new;
DROP INDEX records_state_score;
DROP INDEX records_state_hot;
DROP INDEX records_space_new;
DROP INDEX records_space_score;
DROP INDEX records_space_hot;
DROP INDEX records_unanswered;
DROP INDEX records_author_score;
DROP INDEX records_author_hot;
DROP INDEX activities_space;

UPDATE records SET hot = 0, rank_hot = 0
    WHERE parent_id IS NULL AND (hot <> 0 OR rank_hot <> 0) AND score = 0
    AND type NOT IN ('idea', 'topic')
    AND type NOT IN (SELECT t.name FROM types t WHERE t.votes <> 0);
UPDATE taggings SET hot = 0 WHERE hot <> 0 AND record_id IN
    (SELECT r.id FROM records r WHERE r.parent_id IS NULL AND r.rank_hot = 0 AND r.tags <> '');

CREATE INDEX records_score ON records (type, rank_score, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX records_hot ON records (type, rank_hot, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX records_state_new ON records (type, state, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX records_state_score ON records (type, state, rank_score, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX records_state_hot ON records (type, state, rank_hot, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX records_space_new ON records (space_id, type, created_at, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND space_id IS NOT NULL;
CREATE INDEX records_space_score ON records (space_id, type, rank_score, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0 AND space_id IS NOT NULL;
CREATE INDEX records_space_hot ON records (space_id, type, rank_hot, id, audience)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0 AND space_id IS NOT NULL;
CREATE INDEX records_unanswered ON records (type, created_at, id, audience, space_id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND answers = 0 AND rank_hot <> 0;
CREATE INDEX records_author_score ON records (author_id, type, rank_score, id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX records_author_hot ON records (author_id, type, rank_hot, id)
    WHERE parent_id IS NULL AND deleted_at IS NULL AND rank_hot <> 0;
CREATE INDEX activities_space ON activities (space_id, id)
    WHERE verb <> 'Like' AND space_id IS NOT NULL;

-- Of the record's name: src/text/similar.h. 0: not known.
ALTER TABLE similar_keys ADD COLUMN letters BIGINT NOT NULL DEFAULT 0;
