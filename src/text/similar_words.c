/* similar_words.c: the words that mean something in names and addresses; see similar_parts.h.
 *
 * All are written in lower case, without accents, and with one letter for a letter with two dots
 * ("jurgen"): who looks a word up tries it as it is, and then with one letter for ae, oe, ue.
 */
#include "text/similar_parts.h"

/* Blank-separated words, of which each stands between blanks. */
static bool among(const char *words, struct str word)
{
    char key[WORD_LETTERS * 4 + 3];
    if (!word.n || word.n > sizeof key - 3)
        return false;
    key[0] = ' ';
    memcpy(key + 1, word.p, word.n);
    key[word.n + 1] = ' ';
    return str_has(str_of(words), str_make(key, word.n + 2));
}

bool word_is_title(struct str word)
{
    return among(
        " dr prof professor mr mrs ms miss mx sir dame lord lady rev reverend hon herr frau "
        "hr fr fru sra srta senor senora mme mlle monsieur madame sig signor "
        "signora sig dott ing dipl mag msc bsc phd md mba esq llm cpa rer jur med "
        "habil hc dhr mevr ",
        word);
}

/* "Dr. phil.", "Dr. rer. nat.", "sig.ra": names too, if no title stands before them. */
bool word_is_title_part(struct str word)
{
    return among(" phil nat ra ssa pol oec theol ", word);
}

bool word_is_particle(struct str word)
{
    return among(
        " van von vom zu zum zur de der den des da di do dos das du la le les lo del della "
        "delle dalla degli el al bin ibn bint y e i af av ter ten te und ",
        word);
}

int word_generation(struct str word)
{
    static const struct {
        const char *word;
        int generation;
    } known[] = {{"sr", 1},    {"senior", 1}, {"jr", 2},  {"junior", 2}, {"jnr", 2},
                 {"filho", 2}, {"ii", 2},     {"iii", 3}, {"iv", 4},     {"2nd", 2},
                 {"3rd", 3},   {"snr", 1},    {"sen", 1}, {"jun", 2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(word, known[i].word))
            return known[i].generation;
    return 0;
}

/* Frequent family and given names of the countries whose records we meet most: that two people
 * share one says little. */
static const char common_family[] =
    " smith johnson williams brown jones davis miller wilson moore taylor anderson thomas "
    "jackson "
    "white harris martin thompson clark lewis lee walker hall allen young king wright scott "
    "green "
    "baker adams evans roberts edwards hughes patel khan singh kumar sharma ali ahmed muller "
    "schmidt schneider fischer weber meyer meier maier wagner becker schulz hoffmann hofmann "
    "koch "
    "bauer richter klein wolf schroder neumann schwarz zimmermann gruber huber steiner garcia "
    "rodriguez gonzalez fernandez lopez martinez sanchez perez gomez diaz hernandez ramirez "
    "silva "
    "santos oliveira souza sousa pereira ferreira costa rossi russo ferrari esposito bianchi "
    "bernard dubois durand moreau laurent simon michel nguyen tran pham wang li zhang liu chen "
    "yang huang kim park choi jung kang sato suzuki takahashi tanaka watanabe ito nowak "
    "kowalski "
    "wisniewski ivanov smirnov petrov kuznetsov popov novak svoboda horvat kovac nagy kovacs "
    "toth "
    "szabo hansen johansen olsen larsen andersen nielsen jensen pedersen johansson andersson "
    "karlsson nilsson eriksson korhonen virtanen jong jansen vries bakker visser smit yilmaz "
    "kaya "
    "demir ";
static const char common_given[] =
    " james john robert michael william david richard joseph thomas charles christopher daniel "
    "matthew anthony mark paul steven andrew kenneth george joshua kevin brian edward mary "
    "patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty "
    "margaret sandra ashley emily donna michelle carol amanda melissa laura anna maria ana "
    "peter "
    "hans wolfgang klaus jurgen dieter manfred uwe gunter stefan andreas martin frank bernd "
    "ursula "
    "monika petra elke sabine renate jose juan antonio manuel francisco luis carlos jesus "
    "javier "
    "carmen isabel ana joao pedro jean pierre jacques philippe alain marie nathalie isabelle "
    "giuseppe giovanni francesco mario luigi alexander sergey dmitry ivan mikhail elena olga "
    "tatiana natalia mohammed muhammad ahmed ali fatima jan piotr krzysztof katarzyna lars "
    "anders "
    "erik karl eva julia chris alex tom ben sam max ";

bool word_is_common(struct str word)
{
    return among(common_family, word) || among(common_given, word);
}

bool word_is_given(struct str word)
{
    return among(common_given, word);
}

unsigned word_legal(struct str word)
{
    static const char *const forms[] = {
        " gmbh gesmbh mbh ",
        " ag aktiengesellschaft ",
        " kg ",
        " ohg ",
        " gbr ",
        " ug haftungsbeschrankt ",
        " se ",
        " eg eingetragene ",
        " ev verein ",
        " inc incorporated ",
        " corp corporation ",
        " ltd limited ltda lda ",
        " llc ",
        " llp ",
        " lp ",
        " plc ",
        " pty ",
        " pte ",
        " sa ",
        " sas sasu ",
        " sarl eurl ",
        " srl sl slu ",
        " spa ",
        " bv ",
        " nv ",
        " ab aktiebolag ",
        " as asa ",
        " oy oyj ",
        " aps ",
        " kft ",
        " zrt nyrt ",
        " zoo spzoo sp z oo ",
        " sro ",
        " doo ood ",
        " cv ",
        " kk ",
        " bhd sdn ",
        " co company cie ",
        " eu ",
        " ggmbh ",
        " kgaa ",
        " eood ",
        " ooo oao zao ",
    };
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++)
        if (among(forms[i], word))
            return i + 1;
    return 0;
}

bool word_is_filler(struct str word)
{
    return among(" the and und et y e og och en i de der die das la le les el of fur for ", word);
}

/* ---- nicknames ---- */

/* The first word of a group is its name. A nickname may stand in up to three groups. */
static const char *const groups[] = {
    "robert bob rob bobby robbie robby bert roberto",
    "william bill will billy willy willie liam guillermo",
    "elizabeth liz lizzie beth betty eliza elisabeth lisbeth elsa lisa sissi lisl libby betsy",
    "richard rick dick rich ricky richie ricardo",
    "james jim jimmy jamie",
    "john jack johnny jon johnnie",
    "jonathan jon jonny johnathan",
    "joseph joe joey josef sepp seppl jupp josip jose pepe",
    "giuseppe beppe peppe pino",
    "michael mike mick mickey micha michel mikael miguel mikhail misha michal",
    "thomas tom tommy tomas",
    "david dave davey davide",
    "daniel dan danny dani daniele",
    "matthew matt matty matthias mathias matias mateo",
    "anthony tony antony antonio anton toni",
    "christopher chris kit topher kris christof christoph",
    "christian chris kris kristian cristian",
    "christine chris chrissy tina christina kristina kristin christiane",
    "andrew andy drew andreas andi andre andres",
    "alexander alex sandy sascha sasha xander alexandre alejandro aleksandr oleksandr alessandro",
    "alexandra alex sandra sascha sasha lexi aleksandra alejandra",
    "samuel sam sammy",
    "samantha sam sammy",
    "edward ed eddie ted ned teddy eduard eduardo",
    "edmund ed eddie",
    "theodore ted theo teddy",
    "charles charlie chuck chas carlos karl carl",
    "henry hank harry heinrich heinz henri enrique heiner",
    "harold harry hal",
    "francis frank francisco franz paco pancho franzl francesco curro",
    "george georg jorge jurgen schorsch georgi giorgio jordi",
    "gregory greg grigori",
    "steven steve stephen stefan stephan stevie esteban stephane",
    "stephanie steph steffi stefanie",
    "kenneth ken kenny",
    "ronald ron ronnie",
    "donald don donnie",
    "timothy tim timmy",
    "patrick pat paddy patricio patryk",
    "patricia pat patty tricia trish patsy",
    "nicholas nick nicky nicolas nikolaus klaus niklas nikolai niko nico nicola",
    "benjamin ben benny benji",
    "jeffrey jeff geoffrey geoff",
    "lawrence larry laurence lars lorenz lorenzo laurent",
    "leonard leo len lenny leonardo leonhard",
    "peter pete piotr pedro pietro petr pyotr pierre",
    "philip phil phillip philipp felipe philippe",
    "raymond ray",
    "walter walt wally",
    "vincent vince vinnie vincenzo vicente",
    "victor vic viktor vitya",
    "eugene gene evgeny yevgeny",
    "frederick fred freddy fritz friedrich frederic federico",
    "alfred fred alf alfredo",
    "albert al bert alberto",
    "herbert herb bert",
    "hubert bert hubi",
    "johannes hans hannes johann jan jens hansi johan",
    "maximilian max maxi maximiliano",
    "sebastian basti seb bastian sebastien",
    "wolfgang wolfi wolf",
    "gunther gunter gunthe",
    "ludwig lutz wiggerl luis louis luigi",
    "ignatius ignaz nacho ignacio",
    "emmanuel manu manny manuel emanuel manolo",
    "rudolf rudi rodolfo",
    "ulrich uli",
    "ursula uschi ulla",
    "margaret maggie peggy meg marge margie greta margarete margarita gretel grete rita daisy",
    "katherine kate katie kathy cathy catherine kathryn katharina katrin kathrin kat kitty "
    "catalina "
    "ekaterina katya karin katarzyna",
    "susan sue susie suzy susanne susanna suzanne susi",
    "deborah deb debbie debra",
    "jennifer jen jenny jenni",
    "jessica jess jessie",
    "rebecca becky becca",
    "barbara barb babs barbie barbel",
    "dorothy dot dottie dorothea dora",
    "helen helena elena nell nellie lena helene jelena yelena",
    "magdalena lena magda leni",
    "eleanor ellie nell nora leonore eleonore",
    "gabriele gabi gaby gabriela gabriella",
    "johanna hanna hanni joanna jo joan johana",
    "josephine josie jo josefine josefa pepa",
    "judith judy judit",
    "kimberly kim",
    "mary molly polly maria marie mia mitzi",
    "martha marty",
    "nancy nan",
    "pamela pam",
    "sarah sally sara sadie",
    "teresa terry tess tessa theresa therese resi",
    "victoria vicky tori viktoria vicki",
    "virginia ginny",
    "veronica vroni ronnie veronika",
    "anne ann anna annie hannah ana anya annette nancy anita",
    "caroline carrie carol karoline carolina lina",
    "cynthia cindy",
    "franziska franzi sissi francisca",
    "dolores lola",
    "concepcion concha conchita",
    "rosario charo",
    "ivan vanya",
    "dmitry dima dimitri dmitri dmitriy dimitry",
    "sergey sergei serge sergio seryozha",
    "vladimir vova volodya vlad wladimir volodymyr",
    "nikita nick",
    "natalia natalie natasha nataliya natalya",
    "tatiana tanya tatyana tania",
    "yuri juri yury yuriy",
    "mohammed muhammad mohamed mohammad muhammed mohamad mo mehmet",
    "ahmed ahmad ahmet",
    "hussein husain hossein hussain husein",
    "yusuf yousuf youssef yousef jusuf",
    "zachary zach zack zac",
    "nathaniel nathan nate nat",
    "abraham abe",
    "arthur art artur arturo",
    "clifford cliff",
    "douglas doug",
    "gerald gerry jerry gerard gerhard gerd",
    "jacob jake jakob jacques jacobo",
    "jerome jerry",
    "joshua josh",
    "kevin kev",
    "marcus mark marc marco markus marko marcos",
    "norman norm",
    "oliver ollie olli olivier",
    "russell russ",
    "stanley stan stanislaw stanislav",
    "terence terry terrence",
    "tobias toby tobi",
};

enum { GROUPS = sizeof groups / sizeof *groups };

size_t word_groups(struct str word, uint16_t out[WORD_GROUPS])
{
    size_t n = 0;
    for (size_t i = 0; i < GROUPS && n < WORD_GROUPS; i++) {
        struct str rest = str_of(groups[i]), one;
        while (str_split(&rest, ' ', &one))
            if (str_eq(one, word)) {
                out[n++] = (uint16_t)(i + 1);
                break;
            }
    }
    return n;
}

struct str group_name(uint16_t group)
{
    struct str rest = str_of(groups[group - 1]), first = S("");
    str_split(&rest, ' ', &first);
    return first;
}

/* ---- addresses ---- */

bool mailbox_is_shared(struct str local)
{
    return among(
        " info office sales contact kontakt contacto contato support help hello hallo hola "
        "mail post admin administrator webmaster postmaster service kundenservice team "
        "buchhaltung accounting billing invoice rechnung hr jobs bewerbung presse press "
        "marketing noreply no-reply enquiries inquiries reception zentrale verwaltung "
        "secretary sekretariat ventas ",
        local);
}

bool host_is_free(struct str host)
{
    return among(
        " gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com "
        "yahoo.com yahoo.co.uk yahoo.de yahoo.fr ymail.com icloud.com me.com mac.com aol.com "
        "gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de mail.ru yandex.ru "
        "yandex.com bk.ru qq.com 163.com 126.com proton.me protonmail.com pm.me orange.fr "
        "free.fr laposte.net wanadoo.fr libero.it virgilio.it uol.com.br bol.com.br "
        "terra.com.br bluewin.ch seznam.cz wp.pl onet.pl o2.pl interia.pl mailbox.org "
        "posteo.de fastmail.com zoho.com ",
        host);
}

struct str street_word(struct str word)
{
    static const char *const same[][2] = {
        {"strasse", "str"}, {"street", "st"},      {"avenue", "ave"},  {"avenida", "av"},
        {"road", "rd"},     {"boulevard", "blvd"}, {"lane", "ln"},     {"drive", "dr"},
        {"square", "sq"},   {"place", "pl"},       {"platz", "pl"},    {"court", "ct"},
        {"highway", "hwy"}, {"north", "n"},        {"south", "s"},     {"east", "e"},
        {"west", "w"},      {"calle", "c"},        {"plaza", "pza"},   {"saint", "st"},
        {"sankt", "st"},    {"parkway", "pkwy"},   {"terrace", "ter"}, {"crescent", "cres"},
        {"straat", "str"},  {"ulica", "ul"},       {"piazza", "pza"},  {"av", "ave"},
        {"rua", "r"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (str_is(word, same[i][0]))
            return str_of(same[i][1]);
    return word;
}
