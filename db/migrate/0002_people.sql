-- People, how they are reached, and how they sign in. A person may have no account (imported, or
-- known from a mail), and any number of addresses.

CREATE TABLE people (
    id               BIGINT NOT NULL PRIMARY KEY,
    handle           @text NOT NULL UNIQUE,   -- lower case; see src/features/people/people.h
    name             @text NOT NULL,
    place            @text NOT NULL DEFAULT '',
    organisation     @text NOT NULL DEFAULT '',
    website          @text NOT NULL DEFAULT '',
    staff            INTEGER NOT NULL DEFAULT 0,  -- works for the hub's owner: accounts.role says
                                                  -- what they may do, this what others see
    email_for        INTEGER NOT NULL DEFAULT 4,  -- audience of each field
    about_for        INTEGER NOT NULL DEFAULT 0,
    place_for        INTEGER NOT NULL DEFAULT 0,
    organisation_for INTEGER NOT NULL DEFAULT 0,
    website_for      INTEGER NOT NULL DEFAULT 0
) @clustered;

CREATE TABLE identities (
    id          @id,
    person_id   BIGINT NOT NULL,
    kind        @text NOT NULL,               -- email, stackexchange, ...
    address     @text NOT NULL,               -- lower case where the kind has no case
    verified_at BIGINT,
    UNIQUE (kind, address)
);
CREATE INDEX identities_person ON identities (person_id);

CREATE TABLE accounts (
    person_id   BIGINT NOT NULL PRIMARY KEY,
    email       @text NOT NULL UNIQUE,        -- lower case: what one signs in with
    password    @text NOT NULL,               -- Argon2id, libsodium's encoding
    role        INTEGER NOT NULL,             -- enum role of src/http/request.h
    home_seen   BIGINT NOT NULL DEFAULT 0,    -- newest activity when Home was last read
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
) @clustered;

CREATE TABLE sessions (
    id         @id,
    token_hash @bytes NOT NULL UNIQUE,
    person_id  BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    agent      @text NOT NULL DEFAULT '',
    address    @text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_person ON sessions (person_id);

CREATE TABLE tokens (                          -- of API clients
    id         @id,
    token_hash @bytes NOT NULL UNIQUE,
    person_id  BIGINT NOT NULL,
    name       @text NOT NULL DEFAULT '',
    scopes     @text NOT NULL,                 -- read, or read write
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
