-- What a record's timeline has besides its own changes: notes, calls, mail, files and tasks about it.
CREATE TABLE abouts (
    about_id  BIGINT NOT NULL,
    at        BIGINT NOT NULL,       -- when it happened, else when it was made
    record_id BIGINT NOT NULL,
    sort      @text  NOT NULL,       -- note, call, mail, file, task
    PRIMARY KEY (about_id, at, record_id)
) @clustered;
CREATE INDEX abouts_sort ON abouts (about_id, sort, at, record_id);
CREATE INDEX abouts_record ON abouts (record_id);
