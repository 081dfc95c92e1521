/* types.c: types of records and their fields, made and changed in the browser; see types.h in
 * record/.
 *
 * Owns    tables types, fields, catalogs          Uses  record/types.h
 */
#include "record/types.h"

#include "http/feature.h"

const struct feature types_feature = {.name = "types", .schema = types_sync};
