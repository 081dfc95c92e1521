-- Letters by e-mail, the links in them that work once, and who wants which of them.

CREATE TABLE mails (
    id         @id,
    person_id  BIGINT,                      -- to whom; nobody: an address that has no account
    kind       @text NOT NULL,              -- struct letter_kind
    address    @text NOT NULL,
    subject    @text NOT NULL,
    body       @text NOT NULL,              -- the plain part
    html       @text NOT NULL,
    headers    @text NOT NULL DEFAULT '',   -- further ones, "Name: value" lines
    secret     @text NOT NULL DEFAULT '',   -- of the link in it; empty when it has left
    state      @text NOT NULL,              -- queued, held, sent, failed, bounced
    tries      INTEGER NOT NULL DEFAULT 0,
    due_at     BIGINT NOT NULL,             -- of a queued one: not before
    created_at BIGINT NOT NULL,
    sent_at    BIGINT,
    answer     @text NOT NULL DEFAULT ''    -- the mail server's last words
);
CREATE INDEX mails_due ON mails (due_at, id) WHERE state = 'queued';
CREATE INDEX mails_state ON mails (state, id);
CREATE INDEX mails_created ON mails (created_at);

CREATE TABLE mail_addresses (                -- those from which letters came back
    address    @text NOT NULL PRIMARY KEY,
    hard       INTEGER NOT NULL,            -- letters since the last that surely arrived
    bounced_at BIGINT NOT NULL,
    why        @text NOT NULL,
    stopped_at BIGINT
) @clustered;

CREATE TABLE passes (                        -- secret links that do something once
    id         @id,
    token_hash @bytes NOT NULL UNIQUE,
    kind       @text NOT NULL,              -- confirm, reset, invite
    person_id  BIGINT NOT NULL,             -- whose; of an invitation, who invites
    address    @text NOT NULL,              -- to which it was sent
    space_id   BIGINT,                      -- of an invitation
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passes_person ON passes (person_id, kind);
CREATE INDEX passes_expires ON passes (expires_at);

CREATE TABLE mail_choices (                  -- how one wants to hear of what; else as by default
    person_id BIGINT NOT NULL,
    reason    @text  NOT NULL,              -- of a notification
    how       @text  NOT NULL,              -- once, daily, weekly, never
    PRIMARY KEY (person_id, reason)
) @clustered;

CREATE TABLE mail_hours (                    -- and when
    person_id   BIGINT NOT NULL PRIMARY KEY,
    zone        @text NOT NULL DEFAULT '',  -- "Europe/Berlin"; empty: UTC
    digest_hour INTEGER NOT NULL DEFAULT 8,
    digest_day  INTEGER NOT NULL DEFAULT 1, -- of the weekly one; 0: Sunday
    quiet_from  INTEGER NOT NULL DEFAULT 0, -- hours; the same twice: none
    quiet_to    INTEGER NOT NULL DEFAULT 0
) @clustered;

CREATE TABLE mail_waiting (                  -- notifications that are still to be written of
    person_id   BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    reason      @text  NOT NULL,
    digest      INTEGER NOT NULL,           -- with others in one letter
    due_at      BIGINT NOT NULL,
    PRIMARY KEY (person_id, activity_id)
) @clustered;
CREATE INDEX mail_waiting_due ON mail_waiting (due_at, person_id);
