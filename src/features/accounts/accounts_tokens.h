/* accounts_tokens.h: the part of accounts that is about access tokens, for programs.
 *
 * RULES
 *   1. A token is shown once, when it is made; the table has its hash only.
 *   2. Only one's own tokens are listed and revoked, and none may do more than its owner.
 *   3. Making, seeing and revoking them takes a browser's session: no token makes another.
 */
#ifndef ACCOUNTS_ACCOUNTS_TOKENS_H
#define ACCOUNTS_ACCOUNTS_TOKENS_H

#include "features/accounts/accounts.h"

enum { TOKENS_MAX = 50, TOKEN_NAME_MAX = 80, TOKEN_DAYS = 90, TOKEN_DAYS_MAX = 3650 };

#define TOKEN_ROW(F, X)                                                                            \
    F(INT, id, "t.id")                                                                             \
    X(TEXT, name, "t.name")                                                                        \
    X(TEXT, scopes, "t.scopes")                                                                    \
    X(TIME, created_at, "t.created_at")                                                            \
    X(TIME, expires_at, "COALESCE(t.expires_at, 0)")                                               \
    X(TIME, used_at, "COALESCE(t.used_at, 0)")
ROW_DEFINE(token, TOKEN_ROW)

struct tokens_page {
    const struct token *tokens; /* newest first */
    size_t n;
    struct form form;
    struct str made; /* the text of a token that was just made; empty: none was */
    struct token fresh;
    int64_t now;
    bool may_admin;
};

extern const struct form_rule token_rules[];
extern const struct part tokens_answer[], token_made_answer[];

int tokens_index(struct req *rq);
int tokens_create(struct req *rq);
int tokens_destroy(struct req *rq);
int tokens_destroy_all(struct req *rq);

/* "read,write" or "read write" in any order as the table has it, with what each implies; empty: no
 * such scope among them. */
struct str token_scopes(struct arena *a, struct str words);

int command_token_create(struct app *app, int argc, char **argv);
int command_token_list(struct app *app, int argc, char **argv);
int command_token_revoke(struct app *app, int argc, char **argv);

#endif
