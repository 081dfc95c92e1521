-- Who may look after something: asked for by each list that staff see.
CREATE INDEX accounts_staff ON accounts (person_id) WHERE role >= 2;
