-- Keys of duplicates begin with the era of their record, some hundred thousand numbers: those of new
-- records then stand near each other. See src/record/duplicates.h.

CREATE TABLE similar_keys_of_eras (
    hash      BIGINT NOT NULL,           -- the era, and 46 bits of the type and the key
    record_id BIGINT NOT NULL,
    letters   BIGINT NOT NULL DEFAULT 0, -- of the record's name: src/text/similar.h; 0: not known
    PRIMARY KEY (hash, record_id)
) @clustered;
INSERT INTO similar_keys_of_eras (hash, record_id, letters)
    SELECT (((record_id >> 18) & 131071) << 46) | (hash & 70368744177663), record_id, letters
    FROM similar_keys WHERE true ORDER BY 1, 2 ON CONFLICT DO NOTHING;
DROP TABLE similar_keys;
ALTER TABLE similar_keys_of_eras RENAME TO similar_keys;
