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

/* ---- frequent names ---- */

/* Of the countries whose records we meet most: that two people share one says little. */
static const char *const common[26] = {
    ['a' - 'a'] = " adams ahmed alain alex alexander ali allen amanda ana anders andersen anderson "
                  "andersson andreas andrew anna anthony antonio ashley ",
    ['b' - 'a'] = " baker bakker barbara bauer becker ben bernard bernd betty bianchi brian brown ",
    ['c' - 'a'] = " carlos carmen carol charles chen choi chris christopher clark costa ",
    ['d' - 'a'] = " daniel david davis demir diaz dieter dmitry donna dubois durand ",
    ['e' - 'a'] = " edward edwards elena elizabeth elke emily erik eriksson esposito eva evans ",
    ['f' - 'a'] = " fatima fernandez ferrari ferreira fischer francesco francisco frank ",
    ['g' - 'a'] = " garcia george giovanni giuseppe gomez gonzalez green gruber gunter ",
    ['h' - 'a'] = " hall hans hansen harris hernandez hoffmann hofmann horvat huang huber hughes ",
    ['i' - 'a'] = " isabel isabelle ito ivan ivanov ",
    ['j' - 'a'] =
        " jackson jacques james jan jansen javier jean jennifer jensen jessica jesus joao "
        "johansen johansson john johnson jones jong jose joseph joshua juan julia jung jurgen ",
    ['k' - 'a'] =
        " kang karen karl karlsson katarzyna kaya kenneth kevin khan kim king klaus klein "
        "koch korhonen kovac kovacs kowalski krzysztof kumar kuznetsov ",
    ['l' - 'a'] = " lars larsen laura laurent lee lewis li linda lisa liu lopez luigi luis ",
    ['m' - 'a'] =
        " maier manfred manuel margaret maria marie mario mark martin martinez mary matthew "
        "max meier melissa meyer michael michel michelle mikhail miller mohammed monika moore "
        "moreau muhammad muller ",
    ['n' - 'a'] = " nagy nancy natalia nathalie neumann nguyen nielsen nilsson novak nowak ",
    ['o' - 'a'] = " olga oliveira olsen ",
    ['p' - 'a'] = " park patel patricia paul pedersen pedro pereira perez peter petra petrov pham "
                  "philippe pierre piotr popov ",
    ['r' - 'a'] = " ramirez renate richard richter robert roberts rodriguez rossi russo ",
    ['s' - 'a'] =
        " sabine sam sanchez sandra santos sarah sato schmidt schneider schroder schulz "
        "schwarz scott sergey sharma silva simon singh smirnov smit smith sousa souza stefan "
        "steiner steven susan suzuki svoboda szabo ",
    ['t' - 'a'] = " takahashi tanaka tatiana taylor thomas thompson tom toth tran ",
    ['u' - 'a'] = " ursula uwe ",
    ['v' - 'a'] = " virtanen visser vries ",
    ['w' - 'a'] =
        " wagner walker wang watanabe weber white william williams wilson wisniewski wolf "
        "wolfgang wright ",
    ['y' - 'a'] = " yang yilmaz young ",
    ['z' - 'a'] = " zhang zimmermann ",
};
static const char *const common_given[26] = {
    ['a' - 'a'] = " ahmed alain alex alexander ali amanda ana anders andreas andrew anna anthony "
                  "antonio ashley ",
    ['b' - 'a'] = " barbara ben bernd betty brian ",
    ['c' - 'a'] = " carlos carmen carol charles chris christopher ",
    ['d' - 'a'] = " daniel david dieter dmitry donna ",
    ['e' - 'a'] = " edward elena elizabeth elke emily erik eva ",
    ['f' - 'a'] = " fatima francesco francisco frank ",
    ['g' - 'a'] = " george giovanni giuseppe gunter ",
    ['h' - 'a'] = " hans ",
    ['i' - 'a'] = " isabel isabelle ivan ",
    ['j' - 'a'] =
        " jacques james jan javier jean jennifer jessica jesus joao john jose joseph joshua "
        "juan julia jurgen ",
    ['k' - 'a'] = " karen karl katarzyna kenneth kevin klaus krzysztof ",
    ['l' - 'a'] = " lars laura linda lisa luigi luis ",
    ['m' - 'a'] = " manfred manuel margaret maria marie mario mark martin mary matthew max melissa "
                  "michael michelle mikhail mohammed monika muhammad ",
    ['n' - 'a'] = " nancy natalia nathalie ",
    ['o' - 'a'] = " olga ",
    ['p' - 'a'] = " patricia paul pedro peter petra philippe pierre piotr ",
    ['r' - 'a'] = " renate richard robert ",
    ['s' - 'a'] = " sabine sam sandra sarah sergey stefan steven susan ",
    ['t' - 'a'] = " tatiana thomas tom ",
    ['u' - 'a'] = " ursula uwe ",
    ['w' - 'a'] = " william wolfgang ",
};

static const char *of_letter(const char *const tables[26], struct str word)
{
    unsigned letter = word.n ? (unsigned char)word.p[0] - (unsigned)'a' : 26;
    return letter < 26 && tables[letter] ? tables[letter] : "";
}

bool word_is_common(struct str word)
{
    return among(of_letter(common, word), word);
}

bool word_is_given(struct str word)
{
    return among(of_letter(common_given, word), word);
}

/* What stands behind " word=" up to the next blank; empty: it is not there. */
static struct str meaning(const char *dictionary, struct str word)
{
    char key[WORD_LETTERS * 4 + 3];
    if (!word.n || word.n > sizeof key - 3)
        return S("");
    key[0] = ' ';
    memcpy(key + 1, word.p, word.n);
    key[word.n + 1] = '=';
    struct str all = str_of(dictionary);
    ptrdiff_t at = str_find_str(all, str_make(key, word.n + 2));
    struct str rest = str_from(all, at < 0 ? all.n : (size_t)at + word.n + 2), found = S("");
    str_split(&rest, ' ', &found);
    return found;
}

struct str word_legal(struct str word)
{
    return meaning(
        " gmbh=gmbh gesmbh=gmbh mbh=gmbh ag=ag aktiengesellschaft=ag kg=kg ohg=ohg gbr=gbr "
        "ug=ug haftungsbeschrankt=ug se=se eg=eg eingetragene=eg ev=ev verein=ev inc=inc "
        "incorporated=inc corp=corp corporation=corp ltd=ltd limited=ltd ltda=ltd lda=ltd "
        "llc=llc llp=llp lp=lp plc=plc pty=pty pte=pte sa=sa sas=sas sasu=sas sarl=sarl "
        "eurl=sarl srl=srl sl=srl slu=srl spa=spa bv=bv nv=nv ab=ab aktiebolag=ab as=as "
        "asa=as oy=oy oyj=oy aps=aps kft=kft zrt=zrt nyrt=zrt zoo=zoo spzoo=zoo sp=zoo "
        "z=zoo oo=zoo sro=sro doo=doo ood=doo cv=cv kk=kk bhd=bhd sdn=bhd co=co company=co "
        "cie=co eu=eu ggmbh=ggmbh kgaa=kgaa eood=eood ooo=ooo oao=ooo zao=ooo ",
        word);
}

bool word_is_filler(struct str word)
{
    return among(" the and und et y e og och en i de der die das la le les el of fur for ", word);
}

/* ---- nicknames ---- */

/* What a name is short for, or another spelling of; itself, for the names that others lead to. */
static const char *const nicknames[26] = {
    ['a' - 'a'] =
        " abe=abraham abraham=abraham ahmad=ahmed ahmed=ahmed ahmet=ahmed al=albert "
        "albert=albert alberto=albert alejandra=alexandra alejandro=alexander "
        "aleksandr=alexander aleksandra=alexandra alessandro=alexander "
        "alex=alexander/alexandra alexander=alexander alexandra=alexandra alexandre=alexander "
        "alf=alfred alfred=alfred alfredo=alfred ana=anne andi=andrew andre=andrew "
        "andreas=andrew andres=andrew andrew=andrew andy=andrew anita=anne ann=anne anna=anne "
        "anne=anne annette=anne annie=anne anthony=anthony anton=anthony antonio=anthony "
        "antony=anthony anya=anne art=arthur arthur=arthur artur=arthur arturo=arthur ",
    ['b' - 'a'] = " babs=barbara barb=barbara barbara=barbara barbel=barbara barbie=barbara "
                  "basti=sebastian bastian=sebastian becca=rebecca becky=rebecca ben=benjamin "
                  "benjamin=benjamin benji=benjamin benny=benjamin beppe=giuseppe "
                  "bert=robert/albert/herbert beth=elizabeth betsy=elizabeth betty=elizabeth "
                  "bill=william billy=william bob=robert bobby=robert ",
    ['c' - 'a'] =
        " carl=charles carlos=charles carol=caroline carolina=caroline caroline=caroline "
        "carrie=caroline catalina=katherine catherine=katherine cathy=katherine "
        "charles=charles charlie=charles charo=rosario chas=charles "
        "chris=christopher/christian/christine chrissy=christine christian=christian "
        "christiane=christine christina=christine christine=christine christof=christopher "
        "christoph=christopher christopher=christopher chuck=charles cindy=cynthia "
        "cliff=clifford clifford=clifford concepcion=concepcion concha=concepcion "
        "conchita=concepcion cristian=christian curro=francis cynthia=cynthia ",
    ['d' - 'a'] =
        " daisy=margaret dan=daniel dani=daniel daniel=daniel daniele=daniel danny=daniel "
        "dave=david davey=david david=david davide=david deb=deborah debbie=deborah "
        "deborah=deborah debra=deborah dick=richard dima=dmitry dimitri=dmitry dimitry=dmitry "
        "dmitri=dmitry dmitriy=dmitry dmitry=dmitry dolores=dolores don=donald donald=donald "
        "donnie=donald dora=dorothy dorothea=dorothy dorothy=dorothy dot=dorothy "
        "dottie=dorothy doug=douglas douglas=douglas drew=andrew ",
    ['e' - 'a'] =
        " ed=edward/edmund eddie=edward/edmund edmund=edmund eduard=edward eduardo=edward "
        "edward=edward ekaterina=katherine eleanor=eleanor elena=helen eleonore=eleanor "
        "elisabeth=elizabeth eliza=elizabeth elizabeth=elizabeth ellie=eleanor elsa=elizabeth "
        "emanuel=emmanuel emmanuel=emmanuel enrique=henry esteban=steven eugene=eugene "
        "evgeny=eugene ",
    ['f' - 'a'] =
        " federico=frederick felipe=philip francesco=francis francis=francis "
        "francisca=franziska francisco=francis frank=francis franz=francis franzi=franziska "
        "franziska=franziska franzl=francis fred=frederick/alfred freddy=frederick "
        "frederic=frederick frederick=frederick friedrich=frederick fritz=frederick ",
    ['g' - 'a'] =
        " gabi=gabriele gabriela=gabriele gabriele=gabriele gabriella=gabriele gaby=gabriele "
        "gene=eugene geoff=jeffrey geoffrey=jeffrey georg=george george=george georgi=george "
        "gerald=gerald gerard=gerald gerd=gerald gerhard=gerald gerry=gerald ginny=virginia "
        "giorgio=george giuseppe=giuseppe greg=gregory gregory=gregory greta=margaret "
        "grete=margaret gretel=margaret grigori=gregory guillermo=william gunter=gunther "
        "gunthe=gunther gunther=gunther ",
    ['h' - 'a'] =
        " hal=harold hank=henry hanna=johanna hannah=anne hannes=johannes hanni=johanna "
        "hans=johannes hansi=johannes harold=harold harry=henry/harold heiner=henry "
        "heinrich=henry heinz=henry helen=helen helena=helen helene=helen henri=henry "
        "henry=henry herb=herbert herbert=herbert hossein=hussein hubert=hubert hubi=hubert "
        "husain=hussein husein=hussein hussain=hussein hussein=hussein ",
    ['i' - 'a'] = " ignacio=ignatius ignatius=ignatius ignaz=ignatius ivan=ivan ",
    ['j' - 'a'] =
        " jack=john jacob=jacob jacobo=jacob jacques=jacob jake=jacob jakob=jacob james=james "
        "jamie=james jan=johannes jeff=jeffrey jeffrey=jeffrey jelena=helen jen=jennifer "
        "jenni=jennifer jennifer=jennifer jenny=jennifer jens=johannes jerome=jerome "
        "jerry=gerald/jerome jess=jessica jessica=jessica jessie=jessica jim=james "
        "jimmy=james jo=johanna/josephine joan=johanna joanna=johanna joe=joseph joey=joseph "
        "johan=johannes johana=johanna johann=johannes johanna=johanna johannes=johannes "
        "john=john johnathan=jonathan johnnie=john johnny=john jon=john/jonathan "
        "jonathan=jonathan jonny=jonathan jordi=george jorge=george jose=joseph josef=joseph "
        "josefa=josephine josefine=josephine joseph=joseph josephine=josephine josh=joshua "
        "joshua=joshua josie=josephine josip=joseph judit=judith judith=judith judy=judith "
        "jupp=joseph jurgen=george juri=yuri jusuf=yusuf ",
    ['k' - 'a'] =
        " karin=katherine karl=charles karoline=caroline kat=katherine katarzyna=katherine "
        "kate=katherine katharina=katherine katherine=katherine kathrin=katherine "
        "kathryn=katherine kathy=katherine katie=katherine katrin=katherine katya=katherine "
        "ken=kenneth kenneth=kenneth kenny=kenneth kev=kevin kevin=kevin kim=kimberly "
        "kimberly=kimberly kit=christopher kitty=katherine klaus=nicholas "
        "kris=christopher/christian kristian=christian kristin=christine kristina=christine ",
    ['l' - 'a'] =
        " larry=lawrence lars=lawrence laurence=lawrence laurent=lawrence lawrence=lawrence "
        "len=leonard lena=helen/magdalena leni=magdalena lenny=leonard leo=leonard "
        "leonard=leonard leonardo=leonard leonhard=leonard leonore=eleanor lexi=alexandra "
        "liam=william libby=elizabeth lina=caroline lisa=elizabeth lisbeth=elizabeth "
        "lisl=elizabeth liz=elizabeth lizzie=elizabeth lola=dolores lorenz=lawrence "
        "lorenzo=lawrence louis=ludwig ludwig=ludwig luigi=ludwig luis=ludwig lutz=ludwig ",
    ['m' - 'a'] =
        " magda=magdalena magdalena=magdalena maggie=margaret manny=emmanuel manolo=emmanuel "
        "manu=emmanuel manuel=emmanuel marc=marcus marco=marcus marcos=marcus marcus=marcus "
        "margaret=margaret margarete=margaret margarita=margaret marge=margaret "
        "margie=margaret maria=mary marie=mary mark=marcus marko=marcus markus=marcus "
        "martha=martha marty=martha mary=mary mateo=matthew mathias=matthew matias=matthew "
        "matt=matthew matthew=matthew matthias=matthew matty=matthew max=maximilian "
        "maxi=maximilian maximilian=maximilian maximiliano=maximilian meg=margaret "
        "mehmet=mohammed mia=mary micha=michael michael=michael michal=michael michel=michael "
        "mick=michael mickey=michael miguel=michael mikael=michael mike=michael "
        "mikhail=michael misha=michael mitzi=mary mo=mohammed mohamad=mohammed "
        "mohamed=mohammed mohammad=mohammed mohammed=mohammed molly=mary muhammad=mohammed "
        "muhammed=mohammed ",
    ['n' - 'a'] =
        " nacho=ignatius nan=nancy nancy=nancy/anne nat=nathaniel natalia=natalia "
        "natalie=natalia nataliya=natalia natalya=natalia natasha=natalia nate=nathaniel "
        "nathan=nathaniel nathaniel=nathaniel ned=edward nell=helen/eleanor nellie=helen "
        "nicholas=nicholas nick=nicholas/nikita nicky=nicholas nico=nicholas nicola=nicholas "
        "nicolas=nicholas nikita=nikita niklas=nicholas niko=nicholas nikolai=nicholas "
        "nikolaus=nicholas nora=eleanor norm=norman norman=norman ",
    ['o' - 'a'] = " oleksandr=alexander oliver=oliver olivier=oliver olli=oliver ollie=oliver ",
    ['p' - 'a'] =
        " paco=francis paddy=patrick pam=pamela pamela=pamela pancho=francis "
        "pat=patrick/patricia patricia=patricia patricio=patrick patrick=patrick "
        "patryk=patrick patsy=patricia patty=patricia pedro=peter peggy=margaret "
        "pepa=josephine pepe=joseph peppe=giuseppe pete=peter peter=peter petr=peter "
        "phil=philip philip=philip philipp=philip philippe=philip phillip=philip pierre=peter "
        "pietro=peter pino=giuseppe piotr=peter polly=mary pyotr=peter ",
    ['r' - 'a'] =
        " ray=raymond raymond=raymond rebecca=rebecca resi=teresa ricardo=richard "
        "rich=richard richard=richard richie=richard rick=richard ricky=richard rita=margaret "
        "rob=robert robbie=robert robby=robert robert=robert roberto=robert rodolfo=rudolf "
        "ron=ronald ronald=ronald ronnie=ronald/veronica rosario=rosario rudi=rudolf "
        "rudolf=rudolf russ=russell russell=russell ",
    ['s' - 'a'] =
        " sadie=sarah sally=sarah sam=samuel/samantha samantha=samantha sammy=samuel/samantha "
        "samuel=samuel sandra=alexandra sandy=alexander sara=sarah sarah=sarah "
        "sascha=alexander/alexandra sasha=alexander/alexandra schorsch=george seb=sebastian "
        "sebastian=sebastian sebastien=sebastian sepp=joseph seppl=joseph serge=sergey "
        "sergei=sergey sergey=sergey sergio=sergey seryozha=sergey sissi=elizabeth/franziska "
        "stan=stanley stanislav=stanley stanislaw=stanley stanley=stanley stefan=steven "
        "stefanie=stephanie steffi=stephanie steph=stephanie stephan=steven stephane=steven "
        "stephanie=stephanie stephen=steven steve=steven steven=steven stevie=steven "
        "sue=susan susan=susan susanna=susan susanne=susan susi=susan susie=susan "
        "suzanne=susan suzy=susan ",
    ['t' - 'a'] =
        " tania=tatiana tanya=tatiana tatiana=tatiana tatyana=tatiana ted=edward/theodore "
        "teddy=edward/theodore terence=terence teresa=teresa terrence=terence "
        "terry=teresa/terence tess=teresa tessa=teresa theo=theodore theodore=theodore "
        "theresa=teresa therese=teresa thomas=thomas tim=timothy timmy=timothy "
        "timothy=timothy tina=christine tobi=tobias tobias=tobias toby=tobias tom=thomas "
        "tomas=thomas tommy=thomas toni=anthony tony=anthony topher=christopher tori=victoria "
        "tricia=patricia trish=patricia ",
    ['u' - 'a'] = " uli=ulrich ulla=ursula ulrich=ulrich ursula=ursula uschi=ursula ",
    ['v' - 'a'] = " vanya=ivan veronica=veronica veronika=veronica vic=victor vicente=vincent "
                  "vicki=victoria vicky=victoria victor=victor victoria=victoria viktor=victor "
                  "viktoria=victoria vince=vincent vincent=vincent vincenzo=vincent vinnie=vincent "
                  "virginia=virginia vitya=victor vlad=vladimir vladimir=vladimir volodya=vladimir "
                  "volodymyr=vladimir vova=vladimir vroni=veronica ",
    ['w' - 'a'] =
        " wally=walter walt=walter walter=walter wiggerl=ludwig will=william william=william "
        "willie=william willy=william wladimir=vladimir wolf=wolfgang wolfgang=wolfgang "
        "wolfi=wolfgang ",
    ['x' - 'a'] = " xander=alexander ",
    ['y' - 'a'] = " yelena=helen yevgeny=eugene yousef=yusuf youssef=yusuf yousuf=yusuf yuri=yuri "
                  "yuriy=yuri yury=yuri yusuf=yusuf ",
    ['z' - 'a'] = " zac=zachary zach=zachary zachary=zachary zack=zachary ",
};

size_t word_groups(struct str word, struct str groups[WORD_GROUPS])
{
    struct str found = meaning(of_letter(nicknames, word), word);
    size_t n = 0;
    while (n < WORD_GROUPS && str_split(&found, '/', &groups[n]))
        n++;
    return n;
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
