-- Fields that become of another kind; see src/record/field_change.h.

ALTER TABLE fields ADD COLUMN slot BIGINT NOT NULL DEFAULT 0;  -- the column: own_<name>, own_<name>__1
ALTER TABLE fields ADD COLUMN slots BIGINT NOT NULL DEFAULT 1; -- how many columns it has had

CREATE TABLE field_changes (
    id          @id,
    type        @text  NOT NULL,
    name        @text  NOT NULL,
    state       @text  NOT NULL,        -- copying, done, clearing
    kind        @text  NOT NULL,        -- of the other column: the new one while it is copied to,
    flags       BIGINT NOT NULL,        -- the old one behind that; as in `fields`
    config      @text  NOT NULL,
    slot        BIGINT NOT NULL,
    person_id   BIGINT NOT NULL,        -- who asked for it
    started_at  BIGINT NOT NULL,
    switched_at BIGINT,                 -- since then the field is of the new kind
    last_id     BIGINT NOT NULL,        -- records up to this one are copied, or cleared
    copied      BIGINT NOT NULL,
    total       BIGINT NOT NULL,        -- records of the type, when it began
    UNIQUE (type, name)
);

CREATE TABLE field_misfits (            -- values that the other column cannot hold: it has none
    change_id BIGINT NOT NULL,
    record_id BIGINT NOT NULL,
    value     @text  NOT NULL,          -- as people read it
    why       @text  NOT NULL,          -- a sentence's end: "must be a whole number"
    PRIMARY KEY (change_id, record_id)
) @clustered;
