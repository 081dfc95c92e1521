/* news.c: the consumer that marks, and the job that writes; see news.h.
 *
 * WHY not a letter straight from the log: when it is time for it, quiet hours are over, the person
 * may have read the thing, and may no longer be allowed to.
 */
#include "features/mails/news.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/zone.h"
#include "db/ids.h"
#include "record/access.h"
#include "record/notices.h"
#include "text/plain.h"

enum {
    TOLD = 16000, /* of one step of the consumer */
    PEOPLE = 500, /* of one statement */
    ITEMS = 30,
    AT_ONCE = 20,
    QUOTE = 1500,
    QUOTE_SHORT = 200,
    ARENA = 32 << 20
};

const struct mail_reason mail_reasons[REASONS + 1] = {
    {"reply", "replied to you in", "Replies to you", "once"},
    {"mention", "mentioned you in", "Mentions of you", "once"},
    {"answer", "accepted your answer to", "Your answers, when accepted", "once"},
    {"status", "changed the status of", "New states of what you watch", "once"},
    {"invite", "lets you into", "Invitations to spaces", "once"},
    {"follow", "wrote in", "What you watch", "daily"},
    {0},
};
const char *const mail_hows[] = {"once", "daily", "weekly", "never", NULL};

static const struct mail_reason *reason_of(struct str reason)
{
    for (const struct mail_reason *r = mail_reasons; r->reason; r++)
        if (str_is(reason, r->reason))
            return r;
    static const struct mail_reason other = {"", "did something in", "Other news", "daily"};
    return &other;
}

static const struct mail_hours usual_hours = {{"", 0}, 8, 1, 0, 0};

#define HOURS "o.zone, o.digest_hour, o.digest_day, o.quiet_from, o.quiet_to"

/* HOURS from the column on; NULL where the person has chosen none. */
static struct mail_hours hours_decode(struct rows *q, int col, struct arena *a)
{
    return db_is_null(q, col)
               ? usual_hours
               : (struct mail_hours){db_dup(q, col, a), db_int(q, col + 1), db_int(q, col + 2),
                                     db_int(q, col + 3), db_int(q, col + 4)};
}

struct mail_hours mail_hours(struct db *db, struct arena *a, int64_t person_id)
{
    struct rows q =
        db_query(db, "SELECT " HOURS " FROM mail_hours o WHERE o.person_id = ?1", I(person_id));
    struct mail_hours hours = usual_hours;
    if (db_next(&q))
        hours = hours_decode(&q, 0, a);
    db_done(&q);
    return hours;
}

/* ---- the consumer ---- */

struct told {
    int64_t activity, id;
    struct str reason;
    size_t reason_at; /* in mail_reasons */
};

/* Whom activities concern. WHY read together: in a lively thread each comment concerns the same
 * people again, and many are asked for by one statement. */
struct addressee {
    int64_t id;
    bool reached;                 /* RULE 4 */
    const char *how[REASONS + 1]; /* of each reason, and of those without a name */
    struct mail_hours hours;
    const struct zone *zone; /* NULL: not yet asked */
};

struct addressees {
    struct addressee *list; /* by their ids */
    size_t n;
};

/* RULE 5 */
static int64_t not_in_quiet_hours(const struct mail_hours *h, const struct zone *zone, int64_t at)
{
    int64_t hour = zone_time(zone, at).hour;
    bool over_midnight = h->quiet_from > h->quiet_to;
    bool quiet = over_midnight ? hour >= h->quiet_from || hour < h->quiet_to
                               : hour >= h->quiet_from && hour < h->quiet_to;
    return quiet ? zone_next(zone, at, (int)h->quiet_to, -1) : at;
}

static int64_t due_of(struct arena *a, struct addressee *p, struct str how, int64_t now)
{
    if (!p->zone)
        p->zone = zone_open(a, p->hours.zone);
    if (str_is(how, "once"))
        return not_in_quiet_hours(&p->hours, p->zone, now);
    return zone_next(p->zone, now, (int)p->hours.digest_hour,
                     str_is(how, "weekly") ? (int)p->hours.digest_day : -1);
}

static const char *how_named(struct str name, const char *otherwise)
{
    for (const char *const *how = mail_hows; *how; how++)
        if (str_is(name, *how))
            return *how;
    return otherwise;
}

static size_t reason_at(struct str reason)
{
    size_t i = 0;
    while (i < REASONS && !str_is(reason, mail_reasons[i].reason))
        i++;
    return i;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void addressees_ask(struct db *db, struct arena *a, struct addressee *list, size_t n)
{
    struct db_arg args[2 * PEOPLE];
    int64_t ids[PEOPLE];
    struct out sql;
    out_init(&sql, 1 << 16);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    out_lit(&sql, "SELECT x.column2, COALESCE(h.reason, ''), COALESCE(h.how, ''),"
                  " " HOURS " FROM ");
    size_t room = ids_put(db, a, &sql, args, 0, ids, n);
    out_lit(&sql, " CROSS JOIN accounts c"
                  " JOIN identities i ON i.kind = 'email' AND i.address = c.email"
                  " LEFT JOIN mail_choices h ON h.person_id = c.person_id"
                  " LEFT JOIN mail_hours o ON o.person_id = c.person_id"
                  " WHERE c.person_id = x.column1 AND c.disabled_at IS NULL"
                  " AND i.person_id = c.person_id AND i.verified_at IS NOT NULL");
    struct rows q = db_query_n(db, str_cstr(a, out_take(&sql, a)), args, room);
    while (db_next(&q)) {
        struct addressee *p = &list[db_int(&q, 0)];
        size_t i = reason_at(db_str(&q, 1));
        p->how[i] = how_named(db_str(&q, 2), p->how[i]);
        if (!p->reached)
            p->hours = hours_decode(&q, 3, a);
        p->reached = true;
    }
    db_done(&q);
}

static struct addressees addressees_read(struct db *db, struct arena *a, const struct told *told,
                                         size_t n)
{
    int64_t *ids = arena_array(a, int64_t, n);
    struct addressees all = {arena_array(a, struct addressee, n), 0};
    for (size_t i = 0; i < n; i++)
        ids[i] = told[i].id;
    qsort(ids, n, sizeof *ids, by_id);
    for (size_t i = 0; i < n; i++) {
        if (i && ids[i] == ids[i - 1])
            continue;
        struct addressee *p = &all.list[all.n++];
        *p = (struct addressee){.id = ids[i], .how[REASONS] = "daily"};
        for (size_t k = 0; k < REASONS; k++)
            p->how[k] = mail_reasons[k].how;
    }
    for (size_t at = 0; at < all.n; at += PEOPLE)
        addressees_ask(db, a, all.list + at, all.n - at < PEOPLE ? all.n - at : PEOPLE);
    return all;
}

static struct addressee *addressee_of(const struct addressees *all, int64_t id)
{
    return bsearch(&id, all->list, all->n, sizeof *all->list, by_id); /* its id stands first */
}

/* Of the activities from the first, behind one person of it, up to the last: so many at most. */
static size_t told_read(struct db *db, struct arena *a, const struct activity *first, int64_t last,
                        struct told *list)
{
    struct rows q = db_query(db,
                             "SELECT activity_id, person_id, reason FROM notifications"
                             " WHERE (activity_id, person_id) > (?1, ?2) AND activity_id <= ?3"
                             " AND reason <> '' ORDER BY activity_id, person_id LIMIT ?4",
                             I(first->id), I(first->part), I(last), I(TOLD));
    size_t n = 0;
    while (n < TOLD && db_next(&q)) {
        size_t at = reason_at(db_str(&q, 2));
        list[n++] =
            (struct told){db_int(&q, 0), db_int(&q, 1),
                          at < REASONS ? str_of(mail_reasons[at].reason) : db_dup(&q, 2, a), at};
    }
    db_done(&q);
    return n;
}

static bool mark(struct db *db, struct arena *a, struct addressee *p, const struct told *told,
                 int64_t now)
{
    struct str how = str_of(p->how[told->reason_at]);
    if (!p->reached || str_is(how, "never")) /* RULE 1 */
        return false;
    int64_t due = due_of(a, p, how, now);
    db_exec(db,
            "INSERT INTO mail_waiting (person_id, activity_id, reason, digest, due_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            I(p->id), I(told->activity), T(told->reason), I(!str_is(how, "once")), I(due));
    return due <= now;
}

/* Not ahead of the consumer that writes the notifications; very many people in parts. */
size_t news_take(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    int64_t told_to =
        db_get_int(db, 0, "SELECT activity_id FROM cursors WHERE consumer = 'notifications'");
    while (n && list[n - 1].id > told_to)
        n--;
    if (!n)
        return 0;
    struct told *told = arena_bytes(a, TOLD * sizeof *told);
    size_t got = told_read(db, a, &list[0], list[n - 1].id, told), taken = n;
    struct addressees people = addressees_read(db, a, told, got);
    int64_t now = clock_now();
    bool due = false;
    for (size_t i = 0; i < got; i++)
        due = mark(db, a, addressee_of(&people, told[i].id), &told[i], now) || due;
    if (got == TOLD) {
        for (taken = 0; list[taken].id < told[got - 1].activity;)
            taken++;
        list[taken].part = told[got - 1].id;
    }
    if (due)
        job_put(db, &(struct job_order){.kind = "mail-news", .key = S("news")});
    return taken;
}

/* ---- letters ---- */

#define NEWS_ROW(F, X)                                                                             \
    F(INT, activity_id, "a.id")                                                                    \
    X(TEXT, reason, "w.reason")                                                                    \
    X(INT, seen, "CASE WHEN a.id <= COALESCE(b.seen_id, 0) THEN 1 ELSE 0 END")                     \
    X(TEXT, how, "COALESCE(h.how, '')")                                                            \
    X(TEXT, actor, "COALESCE(p.name, 'Somebody')")                                                 \
    X(INT, record_id, "r.id")                                                                      \
    X(INT, root_id, "r.root_id")                                                                   \
    X(TEXT, verb, "a.verb")                                                                        \
    X(TEXT, detail, "a.detail")                                                                    \
    X(TEXT, title, "t.title")                                                                      \
    X(INT, space_id, "COALESCE(t.space_id, 0)")                                                    \
    X(TEXT, source, "CASE WHEN x.format = 'markdown' THEN x.source ELSE r.excerpt END")
ROW_DEFINE(news, NEWS_ROW)

struct notice_letter {
    struct news news;
    struct str stop; /* path */
};

struct digest_letter {
    const struct news *list;
    size_t n;
    bool more;
    struct str stop;
};

static struct str path_of(struct letter *l, const struct news *n)
{
    bool invited = str_is(n->reason, "invite");
    return str_fmt(l->arena, invited ? "/spaces/%lld" : "/r/%lld", (long long)n->record_id);
}

static struct str sentence(struct letter *l, const struct news *n)
{
    bool accepted = str_is(n->reason, "status") && str_is(n->verb, "Accept");
    const char *phrase = accepted                 ? "accepted an answer to"
                         : str_is(n->verb, "Add") ? "shared with you"
                                                  : reason_of(n->reason)->phrase;
    struct str said = str_fmt(l->arena, STR_FMT " %s \xE2\x80\x9C" STR_FMT "\xE2\x80\x9D",
                              STR_ARG(n->actor), phrase, STR_ARG(n->title));
    if (str_is(n->reason, "status") && n->detail.n)
        said = str_fmt(l->arena, STR_FMT " to " STR_FMT, STR_ARG(said), STR_ARG(n->detail));
    return said;
}

static bool has_text(const struct news *n)
{
    return !str_is(n->reason, "invite") && !str_is(n->reason, "status") &&
           !str_is(n->reason, "answer");
}

static struct str quote(struct letter *l, struct str source, size_t most)
{
    struct str first = utf8_first(source, most);
    return first.n == source.n ? source : str_fmt(l->arena, STR_FMT "\xE2\x80\xA6", STR_ARG(first));
}

static void write_notice(struct letter *l, const void *data)
{
    const struct notice_letter *v = data;
    const struct news *n = &v->news;
    bool first = str_is(n->verb, "Create") && n->record_id == n->root_id;
    letter_subject(l, first || str_is(n->reason, "invite") ? STR_FMT : "Re: " STR_FMT,
                   STR_ARG(n->title));
    letter_text(l, STR_FMT ":", STR_ARG(sentence(l, n)));
    if (has_text(n))
        letter_quote(l, quote(l, n->source, QUOTE));
    letter_button(l, "Open it", path_of(l, n));
    letter_fine(
        l,
        "You get this letter because you want to hear of: %s.\nNo more of these: " STR_FMT STR_FMT
        "\nChoose what you want letters about: " STR_FMT "/account/letters",
        reason_of(n->reason)->label, STR_ARG(l->base), STR_ARG(v->stop), STR_ARG(l->base));
}

static void write_digest(struct letter *l, const void *data)
{
    const struct digest_letter *v = data;
    letter_subject(l, STR_FMT ": %zu new thing%s", STR_ARG(l->hub), v->n, v->n == 1 ? "" : "s");
    letter_text(l, "Since the last letter:");
    for (size_t i = 0; i < v->n; i++) {
        letter_item(l, sentence(l, &v->list[i]), path_of(l, &v->list[i]));
        if (has_text(&v->list[i])) {
            struct str short_text = text_excerpt(l->arena, v->list[i].source, QUOTE_SHORT);
            letter_quote(l, short_text);
        }
    }
    letter_button(l, v->more ? "There is more" : "All your notifications", S("/notifications"));
    letter_fine(
        l,
        "You get this letter because you want your news together.\nNo more letters: " STR_FMT
            STR_FMT "\nChoose what you want letters about: " STR_FMT "/account/letters",
        STR_ARG(l->base), STR_ARG(v->stop), STR_ARG(l->base));
}

#define SAMPLE(reason_, verb_, actor_, title_, source_, detail_)                                   \
    {                                                                                              \
        .reason = {reason_, sizeof(reason_) - 1}, .verb = {verb_, sizeof(verb_) - 1},              \
        .actor = {actor_, sizeof(actor_) - 1}, .title = {title_, sizeof(title_) - 1},              \
        .source = {source_, sizeof(source_) - 1}, .detail = {detail_, sizeof(detail_) - 1},        \
        .record_id = 12, .root_id = 11                                                             \
    }
static const struct news samples[] = {
    SAMPLE("reply", "Create", "Ben Okafor", "A lid that closes", "It should click.\n\nMine does.",
           ""),
    SAMPLE("status", "Status", "Olga Novak", "A quieter grinder", "", "planned"),
    SAMPLE("follow", "Create", "Mei Tanaka", "Beans for cold water", "What do you grind for it?",
           ""),
};
static const struct notice_letter notice_sample = {
    .news = SAMPLE("reply", "Create", "Ben Okafor", "A lid that closes",
                   "It should click.\n\nMine does.", ""),
    .stop = {"/letters/12.reply.0123456789abcdef0123", 38},
};
static const struct digest_letter digest_sample = {
    samples, 3, false, {"/letters/12.all.0123456789abcdef0123", 36}};

const struct letter_kind letter_notice = {"notice", "News at once", write_notice, &notice_sample};
const struct letter_kind letter_digest = {"digest", "News together", write_digest, &digest_sample};

/* ---- the job ---- */

struct reader { /* to whom letters are written now */
    int64_t id, role, roles;
    struct str address;
};

struct writing {
    struct job *job;
    struct arena *arena; /* emptied behind each person */
    bool more;
};

/* RULE 2: the predicate is in the query. Deleted things and those that are hidden have no row. */
#define NEWS_FROM                                                                                  \
    " FROM mail_waiting w JOIN activities a ON a.id = w.activity_id"                               \
    " JOIN records r ON r.id = a.record_id JOIN records t ON t.id = r.root_id"                     \
    " LEFT JOIN people p ON p.id = a.actor_id"                                                     \
    " LEFT JOIN texts x ON x.record_id = r.id LEFT JOIN inboxes b ON b.person_id = w.person_id"    \
    " LEFT JOIN mail_choices h ON h.person_id = w.person_id AND h.reason = w.reason"               \
    " WHERE w.person_id = ?1 AND w.digest = ?2 AND w.due_at <= ?3"                                 \
    " AND w.activity_id <= ?4 AND r.deleted_at IS NULL AND t.deleted_at IS NULL"                   \
    " AND ((w.reason = 'invite' AND EXISTS (SELECT 1 FROM memberships im"                          \
    " WHERE im.space_id = r.id AND im.person_id = ?1 AND im.role >= 1)) OR "

static size_t news_read(const struct mail_desk *d, const struct reader *to, bool digest,
                        int64_t last, struct news *list)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT " ROW_COLUMNS(NEWS_ROW) NEWS_FROM, ") ORDER BY a.id LIMIT ?5");
    struct viewer viewer = {
        .id = to->id, .role = (enum role)to->role, .roles = (uint64_t)to->roles};
    struct rows q = db_query(d->db, access_text(d->db, d->arena, &viewer, sql), I(to->id),
                             I(digest), I(d->now), I(last), I(ITEMS + 1));
    size_t n = 0;
    while (n <= ITEMS && db_next(&q)) {
        news_decode(&list[n], &q, 0, d->arena);
        n += !list[n].seen && !str_is(list[n].how, "never"); /* RULE 3, and 1 anew */
    }
    db_done(&q);
    return n;
}

static struct str list_of(const struct mail_desk *d, const struct news *n)
{
    return n->space_id ? str_fmt(d->arena, "space-%lld", (long long)n->space_id) : S("news");
}

static void notices_put(const struct mail_desk *d, const struct reader *to, const struct news *list,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct notice_letter letter = {list[i],
                                       stop_path(d->app, d->arena, to->id, list[i].reason)};
        mail_put(d, &(struct mail){.kind = &letter_notice,
                                   .data = &letter,
                                   .person_id = to->id,
                                   .address = to->address,
                                   .thread_id = list[i].root_id,
                                   .list = list_of(d, &list[i]),
                                   .stop = letter.stop});
    }
}

static void digest_put(const struct mail_desk *d, const struct reader *to, const struct news *list,
                       size_t n)
{
    if (!n)
        return;
    struct digest_letter letter = {list, n > ITEMS ? ITEMS : n, n > ITEMS,
                                   stop_path(d->app, d->arena, to->id, S("all"))};
    mail_put(d, &(struct mail){.kind = &letter_digest,
                               .data = &letter,
                               .person_id = to->id,
                               .address = to->address,
                               .list = S("digest"),
                               .stop = letter.stop});
}

/* RULE 4 anew; role -1: no letters to them. */
static struct reader reader_of(const struct mail_desk *d, int64_t person_id)
{
    struct reader to = {person_id, -1, 0, S("")};
    struct rows q = db_query(d->db,
                             "SELECT c.role, c.roles, c.email FROM accounts c JOIN identities i"
                             " ON i.kind = 'email' AND i.address = c.email"
                             " WHERE c.person_id = ?1 AND c.disabled_at IS NULL"
                             " AND i.person_id = ?1 AND i.verified_at IS NOT NULL",
                             I(person_id));
    if (db_next(&q))
        to = (struct reader){person_id, db_int(&q, 0), db_int(&q, 1), db_dup(&q, 2, d->arena)};
    db_done(&q);
    return to;
}

/* One person's letters of one kind. */
static bool write_next(struct db *db, void *ctx)
{
    struct writing *w = ctx;
    struct arena *a = w->arena;
    struct mail_desk d = {job_app(w->job), db, a, clock_now()};
    struct rows q = db_query(db,
                             "SELECT person_id, digest FROM mail_waiting WHERE due_at <= ?1"
                             " ORDER BY due_at, person_id LIMIT 1",
                             I(d.now));
    w->more = db_next(&q);
    int64_t person_id = db_int(&q, 0), digest = w->more ? db_int(&q, 1) : 0;
    db_done(&q);
    if (!w->more)
        return false;
    struct reader to = reader_of(&d, person_id);
    struct news *list = arena_array(a, struct news, ITEMS + 2);
    int64_t last = INT64_MAX;
    if (!digest) /* so many at a time: the rest in the next transaction */
        last = db_get_int(db, INT64_MAX,
                          "SELECT MAX(activity_id) FROM (SELECT activity_id FROM mail_waiting"
                          " WHERE person_id = ?1 AND digest = 0 AND due_at <= ?2"
                          " ORDER BY activity_id LIMIT ?3) AS f",
                          I(person_id), I(d.now), I(AT_ONCE));
    size_t n = to.role < 0 ? 0 : news_read(&d, &to, digest, last, list);
    (digest ? digest_put : notices_put)(&d, &to, list, n);
    db_exec(db,
            "DELETE FROM mail_waiting WHERE person_id = ?1 AND digest = ?2 AND due_at <= ?3"
            " AND activity_id <= ?4",
            I(person_id), I(digest), I(d.now), I(last));
    return !db_failed(db);
}

enum job_result news_write(struct job *job)
{
    struct writing w = {.job = job, .arena = arena_new(ARENA), .more = true};
    int64_t written = 0;
    bool well = true;
    while (w.more && well) {
        well = job_write_aside(job, write_next, &w) || !w.more;
        well = well && job_step(job, ++written, 0, S("Writing letters"));
        arena_reset(w.arena);
    }
    arena_free(w.arena);
    return well ? JOB_DONE : JOB_LATER;
}
