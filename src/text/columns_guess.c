/* columns_guess.c: see columns_guess.h.
 *
 * Headers and names of fields are brought to plain words ("E-mail 1 - Value": email). Words that
 * mean the same are a concept; a header and a field that have one concept fit. Scores are of 100:
 * the same words 100, a synonym of the field 95, one concept 85, one concept but for a place 75,
 * some words alike 50, nothing but cells that look like it 45. LEAST is needed.
 */
#include "text/columns_guess.h"

#include <stdlib.h>

#include "core/out.h"

enum {
    WORDS_MAX = 96,
    LEAST = 40,
    SAME = 100,
    SYNONYM = 95,
    CONCEPT = 85,
    PLACED = 75,
    ALIKE = 50,
    LOOK = 45,
    FITS = 5, /* for cells that look right */
    CONTRADICTS = 60
};

/* ---- what words mean ---- */

static const struct concept {
    const char *name;
    const char *whole; /* what it is a part of */
    enum looks kind;
    const char *words;
}
concepts[] = {
    {"name", NULL, LOOKS_TEXT,
     "name|full name|display name|contact|contact name|person|file as|nom|nom complet|"
     "nom et prenom|nombre completo|nombre y apellidos|naam|volledige naam|vollstandiger name|"
     "anzeigename|ansprechpartner|kontakt|kunde|customer name|client name|fn"},
    {"first_name", "name", LOOKS_TEXT,
     "first name|given name|firstname|forename|fname|vorname|prenom|nombre|nombre de pila|"
     "voornaam|roepnaam|primer nombre"},
    {"middle_name", "name", LOOKS_TEXT,
     "middle name|additional name|second name|zweiter vorname|weitere vornamen|deuxieme prenom|"
     "segundo nombre|tweede voornaam|tussenvoegsel"},
    {"last_name", "name", LOOKS_TEXT,
     "last name|family name|lastname|surname|lname|nachname|familienname|nom de famille|apellido|"
     "apellidos|primer apellido|achternaam|familienaam"},
    {"prefix", "name", LOOKS_TEXT,
     "prefix|name prefix|salutation|anrede|civilite|tratamiento|aanhef|honorific|"
     "akademischer titel"},
    {"suffix", "name", LOOKS_TEXT, "suffix|name suffix|namenszusatz|suffixe|sufijo|achtervoegsel"},
    {"nickname", NULL, LOOKS_TEXT,
     "nickname|nick name|short name|spitzname|rufname|surnom|apodo|bijnaam"},
    {"email", NULL, LOOKS_EMAIL,
     "email|email address|mail|mail address|emailadresse|email adresse|mailadresse|courriel|"
     "adresse email|adresse mail|adresse electronique|correo|correo electronico|"
     "direccion de correo|direccion de correo electronico|mailadres|emailadres|email adres|"
     "electronic mail|primary email"},
    {"phone", NULL, LOOKS_PHONE,
     "phone|phone number|telephone|telephone number|tel|tel no|telefon|telefonnummer|rufnummer|"
     "numero de telephone|telefono|numero de telefono|telefoon|telefoonnummer|primary phone|fon|"
     "company main phone"},
    {"mobile", "phone", LOOKS_PHONE,
     "mobile|mobile phone|mobile number|cell|cell phone|cellphone|handy|handynummer|mobil|"
     "mobiltelefon|mobilnummer|portable|telephone portable|telephone mobile|movil|telefono movil|"
     "celular|mobiel|mobiel nummer|mobiele telefoon|gsm"},
    {"fax", NULL, LOOKS_PHONE, "fax|fax number|telefax|faxnummer|telecopie|numero de fax"},
    {"url", NULL, LOOKS_URL,
     "url|web page|webpage|website|web site|web|homepage|home page|webseite|internet|internetseite|"
     "site web|site internet|pagina web|sitio web|link|web address|profile url"},
    {"organisation", NULL, LOOKS_TEXT,
     "organisation|organization|organisation name|organization name|company|company name|employer|"
     "account|account name|firma|firmenname|unternehmen|organisationsname|arbeitgeber|entreprise|"
     "societe|raison sociale|nom de l entreprise|empresa|compania|organizacion|bedrijf|"
     "bedrijfsnaam|organisatie|org"},
    {"job_title", NULL, LOOKS_TEXT,
     "job title|position|job|role|occupation|profession|organization title|organisation title|"
     "beruf|funktion|stelle|stellung|berufsbezeichnung|poste|fonction|metier|titre du poste|cargo|"
     "puesto|profesion|functie|functietitel|beroep"},
    {"department", NULL, LOOKS_TEXT,
     "department|organization department|organisation department|abteilung|departement|service|"
     "departamento|afdeling"},
    {"birthday", NULL, LOOKS_DATE,
     "birthday|birthdate|birth date|date of birth|dob|geburtstag|geburtsdatum|anniversaire|"
     "date de naissance|cumpleanos|fecha de nacimiento|nacimiento|verjaardag|geboortedatum"},
    {"anniversary", NULL, LOOKS_DATE, "anniversary|jahrestag|jubilaum|aniversario|jubileum"},
    {"gender", NULL, LOOKS_TEXT, "gender|sex|geschlecht|sexe|genre|sexo|genero|geslacht"},
    {"language", NULL, LOOKS_TEXT, "language|sprache|langue|idioma|taal"},
    {"note", NULL, LOOKS_TEXT,
     "note|notes|comment|comments|remark|remarks|notiz|notizen|bemerkung|bemerkungen|anmerkung|"
     "kommentar|remarque|remarques|commentaire|commentaires|nota|notas|observaciones|comentarios|"
     "notitie|notities|opmerking|opmerkingen"},
    {"description", NULL, LOOKS_TEXT,
     "description|body|text|content|details|beschreibung|inhalt|descripcion|contenu|beschrijving|"
     "omschrijving"},
    {"title", NULL, LOOKS_TEXT,
     "title|titel|titre|titulo|subject|betreff|sujet|asunto|onderwerp|headline|summary"},
    {"tags", NULL, LOOKS_TEXT,
     "tags|tag|labels|label|categories|category|keywords|keyword|group membership|groups|group|"
     "kategorien|kategorie|schlagworte|schlagworter|stichworter|gruppen|categorie|mots cles|"
     "etiquettes|etiquetas|categoria|palabras clave|trefwoorden|groepen"},
    {"address", NULL, LOOKS_TEXT,
     "address|address formatted|postal address|mailing address|adresse|anschrift|postanschrift|"
     "adresse postale|direccion|direccion postal|adres|postadres"},
    {"street", "address", LOOKS_TEXT,
     "street|address street|street address|address line|strasse|strasse und hausnummer|rue|calle|"
     "straat|domicilio|street name"},
    {"extended", "address", LOOKS_TEXT,
     "address extended address|extended address|adresszusatz|complement d adresse"},
    {"pobox", "address", LOOKS_TEXT,
     "po box|address po box|pobox|postfach|boite postale|apartado|apartado de correos|postbus"},
    {"city", "address", LOOKS_TEXT,
     "city|address city|town|locality|ort|stadt|wohnort|ville|ciudad|localidad|poblacion|stad|"
     "plaats|woonplaats"},
    {"region", "address", LOOKS_TEXT,
     "region|address region|state|province|county|bundesland|kanton|etat|provincia|"
     "estado|comunidad autonoma|provincie"},
    {"postcode", "address", LOOKS_EMPTY,
     "postcode|postal code|address postal code|zip|zip code|zipcode|plz|postleitzahl|code postal|"
     "cp|codigo postal"},
    {"country", "address", LOOKS_TEXT,
     "country|address country|country region|land|pays|pais|staat"},
    {"created", NULL, LOOKS_DATE,
     "created|created at|created on|date created|date|creation date|connected on|erstellt|"
     "erstellt am|datum|angelegt am|date de creation|fecha|fecha de creacion|creado|aangemaakt|"
     "aanmaakdatum"},
    {"amount", NULL, LOOKS_NUMBER,
     "amount|value|price|total|sum|betrag|preis|summe|wert|montant|prix|importe|precio|valor|"
     "bedrag|prijs|deal value|volume|umsatz|revenue"},
    {"currency", NULL, LOOKS_TEXT, "currency|wahrung|devise|moneda|divisa|valuta"},
    {"status", NULL, LOOKS_TEXT, "status|state|stage|phase|zustand|stufe|statut|etape|etapa|fase"},
    {"owner", NULL, LOOKS_TEXT,
     "owner|assigned to|responsible|zustandig|verantwortlich|besitzer|responsable|propietario|"
     "eigenaar|verantwoordelijke"},
    {"due", NULL, LOOKS_DATE,
     "due|due date|deadline|fallig|fallig am|falligkeit|frist|echeance|vencimiento|"
     "fecha limite|vervaldatum|close date|expected close date"},
    {"votes", NULL, LOOKS_NUMBER,
     "votes|supports|likes|cached votes up|stimmen|score|voix|votos|apoyos|stemmen"},
    {"id", NULL, LOOKS_EMPTY, "id|identifier|external id|number|nummer|no|nr|numero|key"},
};
enum { CONCEPTS = sizeof concepts / sizeof *concepts, NO_CONCEPT = -1 };

/* Words before a thing that say where it is; what is left behind them is the thing. */
static const struct {
    const char *word, *place;
} places[] = {
    {"home", "home"},          {"private", "home"},    {"personal", "home"},
    {"privat", "home"},        {"prive", "home"},      {"particular", "home"},
    {"business", "work"},      {"work", "work"},       {"office", "work"},
    {"geschaftlich", "work"},  {"dienstlich", "work"}, {"arbeit", "work"},
    {"bureau", "work"},        {"trabajo", "work"},    {"werk", "work"},
    {"zakelijk", "work"},      {"other", "other"},     {"weitere", "other"},
    {"autre", "other"},        {"otro", "other"},      {"overig", "other"},
    {"alternative", "other"},  {"main", "main"},       {"primary", "main"},
    {"car", "other"},          {"company", "work"},    {"firma", "work"},
    {"professionnel", "work"}, {"personnel", "home"},  {"domicile", "home"},
    {"secondary", "other"},
};

/* Words that say that it is somebody else's. */
static const char others[] =
    "|manager|managers|assistant|assistants|spouse|spouses|partner|partners|child|children|"
    "referred|"
    "emergency|vorgesetzter|vorgesetzte|assistent|assistentin|ehepartner|kinder|conjoint|enfants|"
    "asistente|conyuge|hijos|leidinggevende|kinderen|yomi|phonetic|maiden|";

static bool in_list(struct str list, struct str words)
{
    struct str one;
    while (str_split(&list, '|', &one))
        if (str_eq(one, words))
            return true;
    return false;
}

static int concept_of(struct str words)
{
    for (int i = 0; words.n && i < CONCEPTS; i++)
        if (in_list(str_of(concepts[i].words), words))
            return i;
    return NO_CONCEPT;
}

static int concept_named(const char *name)
{
    for (int i = 0; i < CONCEPTS; i++)
        if (!strcmp(concepts[i].name, name))
            return i;
    return NO_CONCEPT;
}

/* ---- plain words ---- */

/* "E-mail 1 - Value" is "email 1 value"; "first_name" is "first name". */
static struct str plain_words(struct arena *a, struct str s)
{
    struct str slug = str_slug(a, s, WORDS_MAX), word;
    char *p = arena_alloc(a, slug.n + 1);
    size_t n = 0;
    while (str_split(&slug, '-', &word)) {
        bool mail =
            str_starts(word, S("mail")) && n > 0 && p[n - 1] == 'e' && (n == 1 || p[n - 2] == ' ');
        if (n && !mail)
            p[n++] = ' ';
        memcpy(p + n, word.p, word.n);
        n += word.n;
    }
    return str_make(p, n);
}

/* ---- columns and fields, understood ---- */

struct column {
    struct str words;  /* all of them */
    struct str thing;  /* without numbers, "value", "type" */
    struct str placed; /* and without its place */
    struct str place;
    int group, concept; /* the concept of the thing, or of the placed one */
    bool by_place, type, filled, others;
    enum looks looks; /* of most cells; LOOKS_EMPTY: none hold anything */
};

struct field {
    struct str name, label, synonyms; /* words */
    int concept;
    bool taken;
};

struct guessing {
    struct arena *a;
    struct column *column;
    struct field *field;
    const struct guess_field *given;
    size_t columns, fields;
    struct guess *guess;
};

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* Leaves a word out and closes the gap. */
static struct str without(struct arena *a, struct str words, struct str word)
{
    struct str left = str_first(words, (size_t)(word.p - words.p));
    struct str right = str_from(words, (size_t)(word.p - words.p) + word.n + 1);
    left = str_trim(left);
    if (!left.n || !right.n)
        return left.n ? left : right;
    return str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(left), STR_ARG(right));
}

static bool is_of_others(struct arena *a, struct str words)
{
    struct str word;
    while (str_split(&words, ' ', &word))
        if (str_has(str_of(others), str_fmt(a, "|" STR_FMT "|", STR_ARG(word))))
            return true;
    return false;
}

/* "Home Street 2" is the second line of a street, and no second address. */
static void take_line_number(struct column *c)
{
    bool last =
        c->words.n && c->words.p[c->words.n - 1] >= '0' && c->words.p[c->words.n - 1] <= '9';
    if (last && c->concept != NO_CONCEPT && concepts[c->concept].whole &&
        !strcmp(concepts[c->concept].whole, "address"))
        c->group = 0;
}

static void take_number(struct arena *a, struct column *c)
{
    struct str rest = c->thing, word;
    while (str_split(&rest, ' ', &word)) {
        int64_t n = 0;
        if (!all_digits(word) || word.n > 2 || word.n == c->thing.n || !str_int(word, &n))
            continue;
        c->group = (int)n;
        c->thing = without(a, c->thing, word);
        return;
    }
}

/* "value", "type" and "label" at the end, where a number has said that it is a group. */
static void take_role(struct column *c)
{
    static const char *const ends[] = {" value", " type", " label"};
    for (size_t i = 0; c->group && i < 3; i++)
        if (str_ends(c->thing, str_of(ends[i]))) {
            c->thing.n -= strlen(ends[i]);
            c->type = i > 0;
            return;
        }
}

static void take_place(struct arena *a, struct column *c)
{
    struct str rest = c->thing, word;
    c->placed = c->thing;
    while (str_split(&rest, ' ', &word))
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            if (str_is(word, places[i].word) && word.n < c->thing.n) {
                c->place = str_of(places[i].place);
                c->placed = without(a, c->thing, word);
                return;
            }
}

static enum looks most_look(const struct guess_column *g)
{
    size_t count[LOOKS_URL + 1] = {0};
    enum looks best = LOOKS_EMPTY;
    for (size_t i = 0; i < g->n; i++)
        count[looks_like(g->cells[i])]++;
    for (enum looks l = LOOKS_TEXT; l <= LOOKS_URL; l++)
        if (count[l] > (best == LOOKS_EMPTY ? 0 : count[best]))
            best = l;
    return best;
}

static void understand_column(struct guessing *g, const struct guess_column *given,
                              struct column *c)
{
    c->words = c->thing = plain_words(g->a, given->header);
    take_number(g->a, c);
    take_role(c);
    c->concept = concept_of(c->thing);
    take_place(g->a, c);
    if (c->concept == NO_CONCEPT) {
        c->concept = concept_of(c->placed);
        c->by_place = c->concept != NO_CONCEPT;
    }
    take_line_number(c);
    c->others = is_of_others(g->a, c->words);
    if (c->others)
    c->concept = NO_CONCEPT;
    c->looks = most_look(given);
    c->filled = c->looks != LOOKS_EMPTY || given->n == 0;
    if (c->concept != NO_CONCEPT && !c->place.n) {
        const char *name = concepts[c->concept].name;
        c->place = !strcmp(name, "mobile") || !strcmp(name, "fax") ? str_of(name) : S("");
    }
}

static void understand_field(struct guessing *g, const struct guess_field *given, struct field *f)
{
    struct str rest = given->synonyms, one;
    f->name = plain_words(g->a, given->name);
    f->label = plain_words(g->a, given->label);
    struct out o;
    out_init(&o, 1 << 16);
    while (str_split(&rest, '|', &one)) {
        out_str(&o, plain_words(g->a, one));
        out_char(&o, '|');
    }
    f->synonyms = out_take(&o, g->a);
    f->concept = concept_of(f->name);
    if (f->concept == NO_CONCEPT)
    f->concept = concept_of(f->label);
    rest = f->synonyms;
    while (f->concept == NO_CONCEPT && str_split(&rest, '|', &one))
    f->concept = concept_of(one);
}

static bool has_concept(const struct guessing *g, int concept)
{
    for (size_t i = 0; i < g->columns; i++)
        if (g->column[i].concept == concept && !g->column[i].by_place)
            return true;
    return false;
}

/* Words whose meaning depends on the other columns: "Name" beside "Vorname" is the last name,
 * "Nombre" beside "Apellidos" the first; "Title" among names is a person's. */
static void settle_meanings(struct guessing *g)
{
    int whole = concept_named("name"), first = concept_named("first_name");
    int last = concept_named("last_name"), title = concept_named("title");
    int job = concept_named("job_title");
    bool firsts = has_concept(g, first), lasts = has_concept(g, last), jobs = has_concept(g, job);
    for (size_t i = 0; i < g->columns; i++) {
        struct column *c = &g->column[i];
        bool name = str_is(c->thing, "name") || str_is(c->thing, "nom") || str_is(c->thing, "naam");
        if (c->concept == whole && name && firsts && !lasts)
        c->concept = last;
        if (c->concept == first && str_is(c->thing, "nombre") && !lasts)
        c->concept = whole;
        if (c->concept == title && (firsts || lasts))
        c->concept = jobs ? concept_named("prefix") : job;
    }
}

/* ---- scores ---- */

static size_t words_in_common(struct str a, struct str b, size_t *of)
{
    size_t n = 0;
    struct str one, two;
    for (*of = 0; str_split(&a, ' ', &one); ++*of)
        for (struct str rest = b; str_split(&rest, ' ', &two);)
            if (str_eq(one, two) && one.n > 2) {
                n++;
                break;
            }
    return n;
}

static bool alike(struct str words, struct str label)
{
    size_t of_words, of_label, n = words_in_common(words, label, &of_words);
    words_in_common(label, words, &of_label);
    return n && (n == of_words || n == of_label) &&
           2 * n >= (of_words > of_label ? of_words : of_label);
}

static int name_score(const struct column *c, const struct field *f)
{
    const struct str said[] = {c->words, c->thing};
    for (size_t i = 0; i < 2; i++) {
        if (said[i].n && (str_eq(said[i], f->name) || str_eq(said[i], f->label)))
            return SAME - (int)i;
        if (said[i].n && in_list(f->synonyms, said[i]))
            return SYNONYM - (int)i;
    }
    if (c->concept != NO_CONCEPT && c->concept == f->concept)
        return c->by_place ? PLACED : CONCEPT;
    if (c->concept != NO_CONCEPT && f->concept != NO_CONCEPT) {
        const char *whole = concepts[c->concept].whole; /* a mobile phone is a phone */
        bool phone = whole && !strcmp(whole, "phone");
        return phone && !strcmp(concepts[f->concept].name, whole) ? PLACED : 0;
    }
    return !c->others && (alike(c->thing, f->label) || alike(c->thing, f->name)) ? ALIKE : 0;
}

/* Whether cells can be what a field takes: 1 they look like it, -1 they cannot be, 0 who knows. */
static int fits(enum looks cells, enum looks kind)
{
    if (cells == LOOKS_EMPTY || kind == LOOKS_EMPTY)
        return 0;
    if (cells == kind)
        return 1;
    bool digits = cells == LOOKS_NUMBER && (kind == LOOKS_PHONE || kind == LOOKS_DATE);
    return kind == LOOKS_TEXT || kind == LOOKS_URL || digits ? 0 : -1;
}

/* Where there is room for several numbers, a fax is one of them. */
static bool is_fax(const struct guessing *g, size_t column, size_t field)
{
    return g->given[field].many && g->column[column].concept == concept_named("fax") &&
           g->field[field].concept == concept_named("phone");
}

/* RULE 5 */
static int score(const struct guessing *g, size_t column, size_t field)
{
    const struct column *c = &g->column[column];
    enum looks kind = g->given[field].kind;
    int by_name = c->type ? 0 : name_score(c, &g->field[field]), fit = fits(c->looks, kind);
    if (!by_name && !c->type && is_fax(g, column, field))
        by_name = ALIKE;
    if (by_name >= SYNONYM - 1)
        return by_name;
    if (by_name)
        return fit < 0 ? by_name - CONTRADICTS : by_name + FITS * fit;
    bool telling = kind == LOOKS_EMAIL || (kind == LOOKS_URL && c->concept == NO_CONCEPT);
    return fit > 0 && telling && !c->type ? LOOK : 0;
}

/* ---- choosing ---- */

struct candidate {
    int score;
    size_t column, field;
};

static int better(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (a->field > b->field) - (a->field < b->field);
}

/* The best pairs first: RULE 2. */
static void choose(struct guessing *g)
{
    struct candidate *all = arena_array(g->a, struct candidate, g->columns * g->fields + 1);
    size_t n = 0;
    for (size_t c = 0; c < g->columns; c++)
        for (size_t f = 0; f < g->fields; f++) {
            int s = score(g, c, f);
            if (s >= LEAST)
                all[n++] = (struct candidate){s > 100 ? 100 : s, c, f};
        }
    qsort(all, n, sizeof *all, better);
    for (size_t i = 0; i < n; i++) {
        struct guess *guess = &g->guess[all[i].column];
        if (guess->field >= 0 || (g->field[all[i].field].taken && !g->given[all[i].field].many))
            continue;
        guess->field = (int)all[i].field;
        guess->score = all[i].score;
        g->field[all[i].field].taken = true;
    }
}

static bool same_thing(const struct column *a, const struct column *b)
{
    return a->group == b->group && str_eq(a->place, b->place);
}

/* The field for the whole of a part, when there is none for the part itself; -1: none. */
static int whole_field(const struct guessing *g, const struct column *c)
{
    int whole = -1;
    if (c->type || c->concept == NO_CONCEPT || !concepts[c->concept].whole)
        return -1;
    for (size_t f = 0; f < g->fields; f++) {
        if (g->field[f].concept == NO_CONCEPT)
            continue;
        if (g->field[f].concept == c->concept)
            return -1;
        if (!strcmp(concepts[g->field[f].concept].name, concepts[c->concept].whole))
            whole = (int)f;
    }
    return whole;
}

/* Whether two columns give one value of a field. */
static bool same_value(const struct guessing *g, size_t a, size_t b, int field)
{
    return !g->given[field].many || same_thing(&g->column[a], &g->column[b]);
}

/* A column that has the whole of it and holds something. */
static bool whole_is_there(const struct guessing *g, size_t column, int field)
{
    for (size_t i = 0; i < g->columns; i++)
        if (g->guess[i].field == field && !g->guess[i].part && g->column[i].filled &&
            same_value(g, i, column, field))
            return true;
    return false;
}

/* An empty whole makes room for its parts. */
static void drop_empty_wholes(struct guessing *g)
{
    for (size_t i = 0; i < g->columns; i++)
        for (size_t j = 0; j < g->columns; j++) {
            struct guess *whole = &g->guess[i], *part = &g->guess[j];
            if (whole->field < 0 || whole->part || g->column[i].filled || !part->part ||
                part->field != whole->field || !same_value(g, i, j, whole->field))
                continue;
            *whole = (struct guess){.field = -1, .type_of = -1};
        }
}

/* RULE 4 */
static void choose_parts(struct guessing *g)
{
    int *first = arena_array(g->a, int, g->fields + 1); /* column + 1 of the first part */
    for (size_t i = 0; i < g->columns; i++) {
        const struct column *c = &g->column[i];
        int field = g->guess[i].field < 0 ? whole_field(g, c) : -1;
        bool phone = field >= 0 && !strcmp(concepts[c->concept].whole, "phone");
        if (field < 0 || phone || whole_is_there(g, i, field))
            continue;
        if (first[field] && !g->given[field].many && !same_thing(&g->column[first[field] - 1], c))
            continue;
        first[field] = first[field] ? first[field] : (int)i + 1;
        g->guess[i].field = field;
        g->guess[i].score = PLACED;
        g->guess[i].part = concepts[c->concept].name;
    }
    drop_empty_wholes(g);
}

/* RULE 3 */
static void choose_types(struct guessing *g)
{
    for (size_t i = 0; i < g->columns; i++)
        for (size_t j = 0; g->column[i].type && j < g->columns; j++) {
            const struct column *type = &g->column[i], *value = &g->column[j];
            if (value->type || value->group != type->group ||
                !str_starts(value->thing, type->thing) || g->guess[j].field < 0)
                continue;
            g->guess[i].type_of = (int)j;
            break;
        }
}

struct guess *columns_guess(struct arena *a, const struct guess_column *columns, size_t columns_n,
                            const struct guess_field *fields, size_t fields_n)
{
    struct guessing g = {.a = a, .given = fields, .columns = columns_n, .fields = fields_n};
    g.column = arena_array(a, struct column, columns_n + 1);
    g.field = arena_array(a, struct field, fields_n + 1);
    g.guess = arena_array(a, struct guess, columns_n + 1);
    for (size_t i = 0; i < columns_n; i++) {
        understand_column(&g, &columns[i], &g.column[i]);
        g.guess[i] = (struct guess){.field = -1, .type_of = -1};
    }
    for (size_t i = 0; i < fields_n; i++)
        understand_field(&g, &fields[i], &g.field[i]);
    settle_meanings(&g);
    choose(&g);
    choose_parts(&g);
    choose_types(&g);
    for (size_t i = 0; i < columns_n; i++) {
        g.guess[i].group = g.column[i].group;
        g.guess[i].place = g.column[i].place;
        if (g.guess[i].field >= 0 && is_fax(&g, i, (size_t)g.guess[i].field) &&
            !str_is(g.guess[i].place, "fax"))
            g.guess[i].place = str_fmt(a, STR_FMT " fax", STR_ARG(g.guess[i].place));
    }
    return g.guess;
}
