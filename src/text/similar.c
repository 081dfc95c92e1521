/* similar.c: adds up what speaks for two sides being the same, and what against; see similar.h. */
#include "text/similar.h"

#include "text/near.h"
#include "text/similar_parts.h"

/* Points for people and for organisations: an organisation is known by its name and its web site,
 * and shares its telephone with nobody; people share names, and families share telephones. `cap` is
 * the most that is left, whatever else there is; 0: no cap. */
enum { PERSON, ORGANISATION };
static const struct weight {
    const char *words;
    signed char points[2], cap[2];
} weights[SIMILAR_WHYS] = {
    [SIMILAR_SAME_EMAIL] = {"same e-mail", {80, 60}},
    [SIMILAR_SAME_MAILBOX] = {"same mailbox, written differently", {65, 50}},
    [SIMILAR_SHARED_EMAIL] = {"same e-mail, but one for many", {20, 60}},
    [SIMILAR_SAME_PHONE] = {"same phone", {55, 40}},
    [SIMILAR_SAME_NAME] = {"same name", {70, 75}},
    [SIMILAR_SWAPPED_NAME] = {"same name in another order", {66, 70}},
    [SIMILAR_NICKNAME] = {"one name is short for the other", {64, 60}},
    [SIMILAR_ONE_LETTER] = {"name differs by one letter", {64, 60}},
    [SIMILAR_MORE_NAMES] = {"one name has more words", {58, 30}, {0, 75}},
    [SIMILAR_CLOSE_NAME] = {"similar name", {45, 45}},
    [SIMILAR_INITIAL] = {"initial fits the name", {42, 30}},
    [SIMILAR_ACRONYM] = {"one name is the initials of the other", {0, 40}},
    [SIMILAR_SAME_WORKPLACE] = {"same organisation", {20, 0}},
    [SIMILAR_SAME_ADDRESS] = {"same address", {25, 25}},
    [SIMILAR_SAME_PLACE] = {"same place", {5, 8}},
    [SIMILAR_SAME_BIRTHDAY] = {"same birthday", {32, 0}},
    [SIMILAR_CLOSE_BIRTHDAY] = {"birthday differs by a digit, or day and month are swapped",
                                {15, 0}},
    [SIMILAR_SAME_HOST] = {"same web site or mail domain", {10, 70}},
    [SIMILAR_OTHER_BIRTHDAY] = {"different birthday", {-40, 0}, {50, 0}},
    [SIMILAR_OTHER_GIVEN] = {"different given name", {-20, 0}, {50, 0}},
    [SIMILAR_OTHER_FAMILY] = {"different family name", {-22, 0}},
    [SIMILAR_OTHER_NAME] = {"different name", {-25, -15}, {50, 60}},
    [SIMILAR_OTHER_GENERATION] = {"junior and senior", {-40, 0}, {50, 0}},
    [SIMILAR_OTHER_NUMBER] = {"different number in the name", {0, -40}, {0, 50}},
    [SIMILAR_OTHER_LEGAL_FORM] = {"different legal form", {0, -12}},
    [SIMILAR_OTHER_WORKPLACE] = {"different organisation", {-5, 0}},
    [SIMILAR_OTHER_PLACE] = {"different place", {-8, -10}},
    [SIMILAR_OTHER_EMAIL] = {"different e-mail", {-5, 0}},
    [SIMILAR_OTHER_PHONE] = {"different phone", {-4, -2}},
};

const char *similar_words(enum similar_why why)
{
    return weights[why].words;
}

bool similar_against(enum similar_why why)
{
    return why >= SIMILAR_OTHER_BIRTHDAY;
}

/* ---- preparing ---- */

struct similar_side *similar_prepare(struct arena *a, const struct similar_facts *facts)
{
    struct similar_side *s = arena_make(a, struct similar_side);
    s->facts = *facts;
    if (facts->given.n || facts->family.n)
        name_read_parts(a, &s->name, facts->given, facts->family);
    else
        name_read(a, &s->name, facts->name, facts->organisation);
    if (facts->works_for.n)
        name_read(a, &s->workplace, facts->works_for, true);
    for (size_t i = 0; i < SIMILAR_MANY; i++) {
        struct email_parts e = {.address = S("")};
        struct str phone = S("");
        if (facts->emails[i].n)
            e = email_fold(a, facts->emails[i]);
        if (facts->phones[i].n)
            phone = phone_fold(a, facts->phones[i]);
        if (e.address.n) {
            s->email_hash[s->emails_n] = str_hash(e.address);
            s->mailbox_hash[s->emails_n] = str_hash(e.mailbox);
            s->emails[s->emails_n++] = e;
        }
        if (phone.n > 4)
            s->phones[s->phones_n++] = phone;
    }
    if (facts->birthday.year)
        s->birthday = str_fmt(a, "%04d-%02d-%02d", facts->birthday.year, facts->birthday.month,
                              facts->birthday.day);
    s->street = street_fold(a, facts->street);
    s->postcode = words_fold(a, facts->postcode);
    s->city = words_fold(a, facts->city);
    s->website = host_fold(a, facts->website);
    if (host_is_free(s->website))
        s->website = S("");
    return s;
}

/* ---- adding up ---- */

struct sum {
    const struct similar_side *a, *b;
    int points, cap;
    struct similarity out;
};

static void add(struct sum *s, enum similar_why why, int less, struct str a, struct str b)
{
    const struct weight *w = &weights[why];
    int kind = s->a->facts.organisation ? ORGANISATION : PERSON;
    int points = w->points[kind];
    if (!points)
        return;
    points -= less;
    s->points += points;
    if (w->cap[kind] && w->cap[kind] < s->cap)
        s->cap = w->cap[kind];
    size_t at = s->out.n, weight = (size_t)(points < 0 ? -points : points);
    while (at > 0 && weight > (size_t)__builtin_abs(s->out.reasons[at - 1].points))
        at--;
    if (at == SIMILAR_REASONS)
        return;
    s->out.n += s->out.n < SIMILAR_REASONS;
    for (size_t i = s->out.n - 1; i > at; i--)
        s->out.reasons[i] = s->out.reasons[i - 1];
    s->out.reasons[at] = (struct similar_reason){why, points, a, b};
}

static struct str shown_name(const struct similar_side *s)
{
    const struct similar_facts *f = &s->facts;
    return f->name.n ? f->name : f->family.n ? f->family : f->given;
}

static void add_names(struct sum *s)
{
    struct finding f = s->a->facts.organisation ? names_of_organisations(&s->a->name, &s->b->name)
                                                : names_of_people(&s->a->name, &s->b->name);
    struct str a = shown_name(s->a), b = shown_name(s->b);
    if (f.why != SIMILAR_WHYS)
        add(s, f.why, similar_against(f.why) ? 0 : f.less, a, b);
    if (f.also != SIMILAR_WHYS)
        add(s, f.also, 0, a, b);
}

/* The best of all pairs of addresses; several that are the same are one piece of evidence, and so
 * are an address and its host. Gives whether one is the same. */
static bool add_emails(struct sum *s)
{
    const struct similar_side *a = s->a, *b = s->b;
    enum similar_why best = a->emails_n && b->emails_n ? SIMILAR_OTHER_EMAIL : SIMILAR_WHYS;
    size_t at = 0, to = 0;
    for (size_t i = 0; i < a->emails_n; i++)
        for (size_t k = 0; k < b->emails_n; k++) {
            enum similar_why why = SIMILAR_OTHER_EMAIL;
            if (a->email_hash[i] == b->email_hash[k])
                why = a->emails[i].shared ? SIMILAR_SHARED_EMAIL : SIMILAR_SAME_EMAIL;
            else if (a->mailbox_hash[i] == b->mailbox_hash[k])
                why = a->emails[i].shared ? SIMILAR_SHARED_EMAIL : SIMILAR_SAME_MAILBOX;
            if (why < best) {
                best = why;
                at = i;
                to = k;
            }
        }
    if (best != SIMILAR_WHYS)
        add(s, best, 0, a->emails[at].address, b->emails[to].address);
    return best < SIMILAR_OTHER_EMAIL;
}

/* "+49 30 1234567" and "030 1234567" are one, seen from within the country. */
static bool same_phone(struct str a, struct str b)
{
    bool plus_a = a.p[0] == '+', plus_b = b.p[0] == '+';
    if (plus_a == plus_b)
        return str_eq(a, b);
    struct str home = plus_a ? b : a, whole = plus_a ? a : b;
    while (home.n && home.p[0] == '0')
        home = str_from(home, 1);
    return home.n >= 7 && whole.n > home.n + 1 && str_ends(whole, home);
}

static void add_phones(struct sum *s)
{
    const struct similar_side *a = s->a, *b = s->b;
    for (size_t i = 0; i < a->phones_n; i++)
        for (size_t k = 0; k < b->phones_n; k++)
            if (same_phone(a->phones[i], b->phones[k])) {
                add(s, SIMILAR_SAME_PHONE, 0, a->phones[i], b->phones[k]);
                return;
            }
    if (a->phones_n && b->phones_n)
        add(s, SIMILAR_OTHER_PHONE, 0, a->phones[0], b->phones[0]);
}

static bool same_street(const struct similar_side *a, const struct similar_side *b, bool same_code)
{
    enum { LONG_STREET = 6 };
    const struct street_parts *x = &a->street, *y = &b->street;
    if (!x->street.n || !str_eq(x->house, y->house))
        return false;
    if (str_eq(x->street, y->street))
        return true;
    return same_code && x->house.n && x->street.n >= LONG_STREET && y->street.n >= LONG_STREET &&
           near_words(x->street, y->street) <= 2;
}

static void add_places(struct sum *s)
{
    const struct similar_side *a = s->a, *b = s->b;
    const struct similar_facts *x = &a->facts, *y = &b->facts;
    bool codes = a->postcode.n && b->postcode.n, cities = a->city.n && b->city.n;
    bool same_code = codes && str_eq(a->postcode, b->postcode);
    bool same_city = cities && (str_starts(a->city, b->city) || str_starts(b->city, a->city));
    bool same = same_code || same_city;
    if ((codes || cities) && !same)
        add(s, SIMILAR_OTHER_PLACE, 0, cities ? x->city : x->postcode,
            cities ? y->city : y->postcode);
    else if (same_street(a, b, same_code))
        add(s, SIMILAR_SAME_ADDRESS, 0, x->street, y->street);
    else if (same)
        add(s, SIMILAR_SAME_PLACE, 0, same_city ? x->city : x->postcode,
            same_city ? y->city : y->postcode);
}

static size_t other_digits(int a, int b)
{
    size_t n = 0;
    for (; a || b; a /= 10, b /= 10)
        n += a % 10 != b % 10;
    return n;
}

static void add_birthdays(struct sum *s)
{
    struct clock_date a = s->a->facts.birthday, b = s->b->facts.birthday;
    if (!a.year || !b.year)
        return;
    bool swapped = a.year == b.year && a.month == b.day && a.day == b.month;
    size_t digits =
        other_digits(a.year, b.year) + other_digits(a.month, b.month) + other_digits(a.day, b.day);
    add(s,
        digits == 0              ? SIMILAR_SAME_BIRTHDAY
        : digits == 1 || swapped ? SIMILAR_CLOSE_BIRTHDAY
                                 : SIMILAR_OTHER_BIRTHDAY,
        0, s->a->birthday, s->b->birthday);
}

static void add_workplaces(struct sum *s)
{
    struct finding f = names_of_organisations(&s->a->workplace, &s->b->workplace);
    if (f.why == SIMILAR_WHYS || f.why == SIMILAR_ACRONYM || f.why == SIMILAR_MORE_NAMES)
        return;
    bool same = !similar_against(f.why) && f.also != SIMILAR_OTHER_NUMBER;
    add(s, same ? SIMILAR_SAME_WORKPLACE : SIMILAR_OTHER_WORKPLACE, 0, s->a->facts.works_for,
        s->b->facts.works_for);
}

/* A web site's host, or a mail address's that is not given to anybody. */
static struct str host_at(const struct similar_side *s, size_t i)
{
    if (i == 0)
        return s->website;
    return s->emails[i - 1].free ? S("") : s->emails[i - 1].host;
}

static void add_hosts(struct sum *s)
{
    for (size_t i = 0; i <= s->a->emails_n; i++)
        for (size_t k = 0; k <= s->b->emails_n; k++) {
            struct str a = host_at(s->a, i), b = host_at(s->b, k);
            if (a.n && str_eq(a, b)) {
                add(s, SIMILAR_SAME_HOST, 0, a, b);
                return;
            }
        }
}

struct similarity similar_score(const struct similar_side *a, const struct similar_side *b)
{
    struct sum s = {.a = a, .b = b, .cap = 100};
    if (a->facts.organisation != b->facts.organisation)
        return s.out;
    add_names(&s);
    bool same_email = add_emails(&s);
    add_phones(&s);
    add_places(&s);
    add_birthdays(&s);
    add_workplaces(&s);
    if (!same_email)
        add_hosts(&s);
    /* Who writes under another name from the very same mailbox may still be the same. */
    bool mailbox = s.out.n && s.out.reasons[0].why == SIMILAR_SAME_EMAIL;
    int cap = mailbox && s.cap < 65 ? 65 : s.cap;
    s.out.score = s.points < 0 ? 0 : s.points > cap ? cap : s.points;
    return s.out;
}
