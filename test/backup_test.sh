#!/bin/sh
# backup_test.sh: backup and restore from outside, on both databases; see test/outside/backup.mjs.
# It proves, beside src/features/backups/backups_test.c, backups RULES 1, 2, 3, 4, 5 and 8.
set -u
cd "$(dirname "$0")/.." || exit 2
exec sh test/pg.sh run node test/outside/backup.mjs
