-- Rights: roles that a hub makes itself, what they say of types and fields, and teams. See
-- src/record/rights.h.

CREATE TABLE roles (
    id      BIGINT NOT NULL PRIMARY KEY, -- 1 to 60: its bit in accounts.roles
    name    @text  NOT NULL UNIQUE,
    about   @text  NOT NULL,
    made_at BIGINT NOT NULL
) @clustered;

CREATE TABLE role_types (                -- what a role may with records of a type
    role_id        BIGINT NOT NULL,
    type           @text  NOT NULL,
    sees           @text  NOT NULL,      -- none, all, owner, team, participants, audience, filter
    sees_filter    @text  NOT NULL,      -- as in a list's address
    changes        @text  NOT NULL,      -- which of them it may change
    changes_filter @text  NOT NULL,
    makes          BIGINT NOT NULL,
    deletes        BIGINT NOT NULL,      -- and take away what it may change
    PRIMARY KEY (role_id, type)
) @clustered;

CREATE TABLE role_fields (               -- no row: the field is as the type says
    role_id BIGINT NOT NULL,
    type    @text  NOT NULL,
    field   @text  NOT NULL,
    may     @text  NOT NULL,             -- hidden, read, write
    PRIMARY KEY (role_id, type, field)
) @clustered;

-- Which roles somebody has, a bit each: it comes along with the session.
ALTER TABLE accounts ADD COLUMN roles BIGINT NOT NULL DEFAULT 0;
CREATE INDEX accounts_roles ON accounts (person_id) WHERE roles <> 0;

CREATE TABLE teams (
    id      @id,
    name    @text  NOT NULL UNIQUE,
    about   @text  NOT NULL,
    made_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team_id   BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (team_id, person_id)
) @clustered;
CREATE INDEX team_members_person ON team_members (person_id, team_id);
