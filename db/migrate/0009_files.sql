-- Files that people give, and what they stand in; src/record/files.h says where the bytes lie.

CREATE TABLE files (                     -- bytes, each once
    id             @id,
    sent           @bytes NOT NULL UNIQUE, -- BLAKE2b-256 of what was uploaded
    hash           @bytes NOT NULL,      -- of what is kept: a picture is made anew
    bytes          BIGINT NOT NULL,
    type           @text  NOT NULL,      -- found from the bytes
    width          BIGINT NOT NULL,      -- of a picture that was made anew; else 0
    height         BIGINT NOT NULL,
    preview        @bytes,               -- hash of a smaller one; NULL: there is none
    preview_bytes  BIGINT NOT NULL,
    preview_width  BIGINT NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX files_hash ON files (hash);
CREATE INDEX files_preview ON files (preview) WHERE preview IS NOT NULL;

CREATE TABLE uploads (                   -- who gave them, under which name; the URL's number
    id         @id,
    file_id    BIGINT NOT NULL,
    person_id  BIGINT NOT NULL,
    name       @text  NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX uploads_file ON uploads (file_id);
CREATE INDEX uploads_person ON uploads (person_id, created_at);

CREATE TABLE attachments (               -- the uploads that a record's text names
    record_id BIGINT NOT NULL,
    upload_id BIGINT NOT NULL,
    position  BIGINT NOT NULL,           -- in the text, from 0
    PRIMARY KEY (record_id, upload_id)
) @clustered;
CREATE INDEX attachments_upload ON attachments (upload_id, record_id);
