-- Work that is done behind a request; see src/jobs/jobs.h.
CREATE TABLE jobs (
    id          @id,
    kind        @text  NOT NULL,
    key         @text  NOT NULL,            -- at most one waiting job of a kind has it; '': any number
    state       @text  NOT NULL,            -- waiting, running, done, failed, cancelled
    data        @text  NOT NULL,            -- the kind's own
    person_id   BIGINT NOT NULL,            -- who wants it; 0: the hub
    priority    BIGINT NOT NULL,            -- greater is sooner
    due_at      BIGINT NOT NULL,
    tries       BIGINT NOT NULL DEFAULT 0,  -- begun so often
    worker      @text  NOT NULL DEFAULT '', -- who runs it, another name each time
    lease_at    BIGINT NOT NULL DEFAULT 0,  -- after that the worker counts as dead
    stop        INTEGER NOT NULL DEFAULT 0, -- running, and cancelled
    progress    BIGINT NOT NULL DEFAULT 0,
    total       BIGINT NOT NULL DEFAULT 0,  -- 0: not known
    words       @text  NOT NULL DEFAULT '', -- what it is doing, for people
    why         @text  NOT NULL DEFAULT '', -- what went wrong at the last try
    created_at  BIGINT NOT NULL,
    started_at  BIGINT,
    finished_at BIGINT
);
CREATE UNIQUE INDEX jobs_key ON jobs (kind, key) WHERE state = 'waiting' AND key <> '';
CREATE INDEX jobs_due ON jobs (kind, priority DESC, due_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_lease ON jobs (lease_at) WHERE state = 'running';
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

ALTER TABLE imports ADD COLUMN report @text NOT NULL DEFAULT ''; -- of its last run, for people

-- Who has lost a right: their open streams are closed, in all processes (src/http/live.h).
CREATE TABLE live_cuts (
    id         @id,
    at         BIGINT NOT NULL,
    person_id  BIGINT NOT NULL,            -- all streams of that person; all 0: everybody's
    session_id BIGINT NOT NULL,            -- those of one browser
    topic_id   BIGINT NOT NULL             -- those that listen to that record
);
