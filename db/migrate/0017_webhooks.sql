-- Addresses that are told of what happens, and what was told; see src/features/webhooks/webhooks.h.

CREATE TABLE hooks (
    id            @id,
    person_id     BIGINT  NOT NULL,             -- whose: it tells what that person may see
    name          @text   NOT NULL,
    url           @text   NOT NULL,
    events        @text   NOT NULL,             -- src/record/events.h; empty: all
    space_id      BIGINT,                       -- only there; NULL: everywhere
    active        INTEGER NOT NULL DEFAULT 1,
    why           @text   NOT NULL DEFAULT '',  -- why the hub has switched it off
    secret        @text   NOT NULL,             -- whsec_...
    old_secret    @text   NOT NULL DEFAULT '',  -- signs, too, until then
    old_until     BIGINT  NOT NULL DEFAULT 0,
    created_at    BIGINT  NOT NULL,
    failing_since BIGINT  NOT NULL DEFAULT 0,   -- 0: the last delivery arrived
    replay_since  BIGINT  NOT NULL DEFAULT 0,   -- a replay under way: everything since then
    replay_at     BIGINT  NOT NULL DEFAULT 0,   -- the activity up to which it has come; -1: not begun
    replay_to     BIGINT  NOT NULL DEFAULT 0    -- where it ends; 0: there is none
);
CREATE INDEX hooks_person ON hooks (person_id, id);

CREATE TABLE deliveries (
    id          @id,
    hook_id     BIGINT  NOT NULL,
    activity_id BIGINT  NOT NULL,               -- 0: a test
    event       @text   NOT NULL,               -- "idea.create"
    mark        @text   NOT NULL,               -- webhook-id: the same each time it is sent
    state       @text   NOT NULL,               -- waiting, delivered, failed, withheld
    tries       INTEGER NOT NULL DEFAULT 0,
    status      BIGINT  NOT NULL DEFAULT 0,     -- of the last answer; 0: there was none
    answer      @text   NOT NULL DEFAULT '',    -- its beginning, or what went wrong
    body        @text   NOT NULL DEFAULT '',    -- as it was last sent
    took        BIGINT  NOT NULL DEFAULT 0,     -- microseconds
    due_at      BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    sent_at     BIGINT
);
CREATE INDEX deliveries_due ON deliveries (hook_id, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_hook ON deliveries (hook_id, id);
CREATE INDEX deliveries_state ON deliveries (hook_id, state, id);
CREATE INDEX deliveries_created ON deliveries (created_at);
