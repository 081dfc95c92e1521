-- By which source the column of a computed field was filled; see src/record/formulas.h.

CREATE TABLE computations (
    type    @text  NOT NULL,
    field   @text  NOT NULL,
    source  @text  NOT NULL,   -- what the column holds, or will when it is done
    stamp   BIGINT NOT NULL,   -- another one with each source
    done_at BIGINT,            -- NULL: a job is filling it
    PRIMARY KEY (type, field)
) @clustered;
