-- This number belongs to another migration.
DROP TABLE IF EXISTS reserved_0006;
