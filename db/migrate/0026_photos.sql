-- Photos of people and logos of organisations, as they came; see src/record/photos.h.

CREATE TABLE photos (
    id      @id,
    hash    @text  NOT NULL UNIQUE, -- hexadecimal, of the bytes; what a field of kind photo holds
    type    @text  NOT NULL,        -- found from the bytes: image/jpeg, ...
    bytes   @bytes NOT NULL,
    made_at BIGINT NOT NULL
);
