-- What programs need: when a token was last used, and the answers to changes that may be sent twice.

ALTER TABLE tokens ADD COLUMN used_at BIGINT;  -- to ten minutes; NULL: never
CREATE INDEX tokens_person ON tokens (person_id);

CREATE TABLE once (                            -- src/http/once.h
    person_id    BIGINT NOT NULL,
    key          @text  NOT NULL,              -- Idempotency-Key, as the client chose it
    request      @bytes NOT NULL,              -- BLAKE2b of method, address, face and body
    at           BIGINT NOT NULL,
    status       BIGINT NOT NULL,
    location     @text  NOT NULL,
    etag         @text  NOT NULL,
    content_type @text  NOT NULL,
    body         @bytes NOT NULL,
    PRIMARY KEY (person_id, key)
) @clustered;
CREATE INDEX once_at ON once (at);
