/* bench_names.c: what generated customers are called: people, companies, places, things sold.
 *
 * WHY Zipf with a tail: a type-ahead and a search for duplicates cost what common names cost. Some
 * hundred given names and surnames make most people, as in any country; one surname in three is
 * made of two, so that the rest hardly ever come twice.
 */
#include <inttypes.h>
#include <math.h>

#include "features/bench/bench.h"

static const char *const given[] = {
    "Anna",    "Maria",   "Jonas",  "Sofia",   "Lukas",   "Emma",   "Paul",   "Marta",  "David",
    "Laura",   "Daniel",  "Julia",  "Peter",   "Sara",    "Thomas", "Nina",   "Martin", "Eva",
    "Felix",   "Clara",   "Simon",  "Lena",    "Andreas", "Ines",   "Oliver", "Carla",  "Jan",
    "Teresa",  "Robert",  "Helena", "Michael", "Alice",   "Mark",   "Greta",  "Adam",   "Nora",
    "Stefan",  "Lucia",   "Erik",   "Hanna",   "Victor",  "Rosa",   "Hugo",   "Ida",    "Nkechi",
    "Samuel",  "Amira",   "Leon",   "Yusuf",   "Mei",     "Kofi",   "Odile",  "Tariq",  "Ingrid",
    "Mateo",   "Zofia",   "Ravi",   "Chiara",  "Bruno",   "Aisha",  "Henrik", "Elif",   "Pavel",
    "Camille", "Diego",   "Marit",  "Anton",   "Fatima",  "Oskar",  "Lidia",  "Kenji",  "Priya",
    "Rafael",  "Solveig", "Dmitri", "Beatriz", "Tomas",   "Noor",   "Emil",   "Giulia", "Arthur",
    "Wanda",   "Ivan",    "Celia",  "Gustav",  "Leila",   "Pierre", "Astrid", "Omar",   "Judith",
    "Karim",   "Agnes",   "Jorge",  "Birgit",  "Milan",   "Rita",   "Xaver",  "Thea",   "Ugo",
    "Vera",    "Walter",  "Yara",   "Zeno",    "Quirin",
};

static const char *const family[] = {
    "Smith",    "Miller",   "Schmidt",  "Garcia",   "Martin",    "Jansen",   "Rossi",    "Weber",
    "Novak",    "Silva",    "Fischer",  "Dubois",   "Larsen",    "Meyer",    "Moreau",   "Lopez",
    "Becker",   "Hansen",   "Kowalski", "Ferrari",  "Wagner",    "Bernard",  "Santos",   "Schulz",
    "Nielsen",  "Hoffmann", "Petit",    "Costa",    "Koch",      "Berg",     "Richter",  "Romano",
    "Klein",    "Durand",   "Wolf",     "Okafor",   "Neumann",   "Leroy",    "Schwarz",  "Ahmed",
    "Zimmer",   "Kaya",     "Braun",    "Colombo",  "Hofer",     "Girard",   "Lange",    "Nakamura",
    "Krause",   "Oliveira", "Lehmann",  "Ricci",    "Huber",     "Chen",     "Mayer",    "Popov",
    "Herrera",  "Walter",   "Marino",   "Kaiser",   "Fuchs",     "Perez",    "Lang",     "Adeyemi",
    "Scholz",   "Greco",    "Moller",   "Patel",    "Weiss",     "Bruno",    "Jung",     "Yilmaz",
    "Hahn",     "Gallo",    "Vogel",    "Fontaine", "Friedrich", "Conti",    "Keller",   "Horvath",
    "Gunther",  "Rousseau", "Frank",    "Esposito", "Berger",    "Nguyen",   "Winkler",  "Mancini",
    "Roth",     "Blanc",    "Beck",     "Mendes",   "Lorenz",    "Guerin",   "Baumann",  "Dvorak",
    "Albrecht", "Olsen",    "Schuster", "Vidal",    "Simon",     "Rizzo",    "Ludwig",   "Haddad",
    "Bohm",     "Moretti",  "Winter",   "Kim",      "Kraus",     "Barbieri", "Marchand", "Sommer",
};

static const char *const trades[] = {
    "Coffee", "Roastery", "Logistics", "Foods", "Instruments", "Hotels",  "Energy", "Press",
    "Tools",  "Textiles", "Health",    "Media", "Engineering", "Systems", "Garden", "Motors",
};
static const char *const forms[] = {"GmbH", "Ltd", "SAS", "AG", "BV", "SL", "Inc", "Oy"};
static const char *const towns[] = {"Leeds",  "Graz",  "Porto",  "Lyon",  "Bergen", "Ghent",
                                    "Bremen", "Turin", "Gdynia", "Malmo", "Cork",   "Brno"};
static const char *const jobs[] = {"Buyer",     "Head of purchasing", "Owner",
                                   "Engineer",  "Office manager",     "Head of sales",
                                   "Architect", "Accountant",         "Workshop lead"};
static const char *const goods[] = {"Grinders",     "Brewing machines", "Spare parts",
                                    "Service plan", "Filters",          "Training",
                                    "Water tanks",  "Subscription",     "Refurbishment"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static size_t often_first(struct rand_seq *r, size_t n)
{
    return (size_t)((double)n * pow(rand_unit(r), 2.2));
}

#define DRAW(list, r) ((list)[often_first((r), COUNT(list))])

struct str name_person(struct arena *a, struct rand_seq *r)
{
    const char *first = DRAW(given, r), *last = DRAW(family, r);
    if (rand_below(r, 3))
        return str_fmt(a, "%s %s", first, last);
    return str_fmt(a, "%s %s-%s", first, last, family[rand_below(r, COUNT(family))]);
}

struct str name_company(struct arena *a, const struct words *w, struct rand_seq *r)
{
    struct str word = word_at(w, 400 + (size_t)rand_below(r, 20000));
    const char *trade = DRAW(trades, r), *form = DRAW(forms, r);
    if (rand_below(r, 4) == 0)
        return str_fmt(a, "%s %s %s", DRAW(family, r), trade, form);
    return str_fmt(a, "%c" STR_FMT " %s %s", word.p[0] & ~32, STR_ARG(str_from(word, 1)), trade,
                   form);
}

struct str name_job(struct rand_seq *r)
{
    return str_of(DRAW(jobs, r));
}

struct str name_trade(struct rand_seq *r)
{
    return str_of(DRAW(trades, r));
}

struct str name_deal(struct arena *a, const struct words *w, struct rand_seq *r)
{
    const char *thing = DRAW(goods, r), *town = towns[rand_below(r, COUNT(towns))];
    struct str word = word_draw(w, r);
    return str_fmt(a, "%s for " STR_FMT ", %s", thing, STR_ARG(word), town);
}

struct str name_email(struct arena *a, struct str name, int64_t n, int64_t company)
{
    struct str slug = str_slug(a, name, 40);
    return str_fmt(a, STR_FMT ".%" PRId64 "@c%" PRId64 ".example", STR_ARG(slug), n, company);
}

struct str name_phone(struct arena *a, struct rand_seq *r)
{
    return str_fmt(a, "+4930%08" PRIu64, 10000000 + rand_below(r, 89999999));
}

struct str name_address(struct arena *a, struct rand_seq *r)
{
    struct str town = str_of(towns[rand_below(r, COUNT(towns))]);
    return str_fmt(a, "%s Street %d\n%05d\n" STR_FMT "\n\nDE", family[rand_below(r, COUNT(family))],
                   1 + (int)rand_below(r, 120), 10000 + (int)rand_below(r, 80000), STR_ARG(town));
}
