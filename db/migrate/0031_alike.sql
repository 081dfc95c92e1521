-- Mails, deals and other types of the program's own are not compared any more for having an address:
-- only people, organisations and types that the hub has made. See src/record/duplicates.h.

DELETE FROM similar_keys WHERE record_id IN (
    SELECT id FROM records WHERE type <> 'person' AND type <> 'organisation'
    AND type NOT IN (SELECT name FROM types));
DELETE FROM duplicates WHERE type <> 'person' AND type <> 'organisation'
    AND type NOT IN (SELECT name FROM types);
