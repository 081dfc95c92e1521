/* driver.c: runs a fuzz target without libFuzzer: its corpus, then mutations of it.
 *
 *     build/address/fuzz/NAME [-runs=N] [-seed=N] [-max_len=N] [-max_total_time=S]
 *                             [-artifact_prefix=PATH] CORPUS...
 *
 * Knows those of libFuzzer's options; CORPUS is a file or a folder of files. The same seed gives
 * the same inputs. What stops the target is written to PATHcrash-HASH, and its name printed.
 *
 * WHY it is here: bin/test has everything built by gcc with AddressSanitizer already, and a second
 * build by clang would cost it minutes. It is blind (it sees no coverage), so it proves that what
 * libFuzzer once found stays mended, and little more.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rand.h"
#include "test/fuzz/fuzz.h"

enum { SEEDS = 4096, INPUT_MAX = 1 << 20, STUCK_S = 30 };

static struct {
    long long runs, max_len, seconds;
    struct rand_seq random;
    const char *prefix;
} with = {.runs = 0, .max_len = 4096, .seconds = 600, .random = {1}, .prefix = ""};

static struct str seeds[SEEDS];
static size_t seeds_n;

static const uint8_t *volatile running; /* what the target has in hand, for whoever stops it */
static volatile size_t running_n;
static volatile sig_atomic_t rounds, rounds_seen, stuck;

/* ---- what is left when a target stops ---- */

static void keep_input(void)
{
    char path[512];
    if (!running)
        return;
    struct str input = str_make((const char *)running, running_n);
    running = NULL;
    snprintf(path, sizeof path, "%scrash-%016llx", with.prefix,
             (unsigned long long)str_hash(input));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t n = fd < 0 ? -1 : write(fd, input.p, input.n);
    if (n == (ssize_t)input.n)
        fprintf(stderr, "the input that stopped it: %s\n", path);
    else
        fprintf(stderr, "the input that stopped it cannot be written to %s\n", path);
}

#ifdef __SANITIZE_ADDRESS__
void __sanitizer_set_death_callback(void (*fn)(void));
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "abort_on_error=1"; /* its runtime is not AddressSanitizer's, and knows no callback */
}
#endif

static void on_signal(int number)
{
    keep_input();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_second(int number)
{
    (void)number;
    stuck = rounds == rounds_seen ? stuck + 1 : 0;
    rounds_seen = rounds;
    if (stuck >= STUCK_S) {
        fprintf(stderr, "one input takes more than %d seconds\n", STUCK_S);
        abort();
    }
    alarm(1);
}

/* ---- runs ---- */

/* A copy that ends where the input ends, so that reading past it is seen. */
static void run(const char *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    if (n)
        memcpy(copy, p, n);
    running_n = n;
    running = copy;
    LLVMFuzzerTestOneInput(copy, n);
    running = NULL;
    rounds = rounds + 1;
    free(copy);
}

static size_t below(size_t n)
{
    return (size_t)rand_below(&with.random, n);
}

/* Opens a gap of `n` bytes at `at`. */
static size_t widen(char *p, size_t have, size_t at, size_t n)
{
    if (have + n > (size_t)with.max_len)
        return have;
    memmove(p + at + n, p + at, have - at);
    return have + n;
}

/* A piece of any seed goes in, or over what is there. */
static size_t splice(char *p, size_t n, bool over)
{
    struct str other = seeds[below(seeds_n)];
    if (other.n == 0)
        return n;
    size_t from = below(other.n), length = 1 + below(other.n - from), at = below(n + 1);
    if (length > 64 && below(4))
        length = 1 + below(64);
    if (over && length > n - at)
        length = n - at;
    size_t grown = over ? n : widen(p, n, at, length);
    if (over || grown > n)
        memcpy(p + at, other.p + from, length);
    return grown;
}

static size_t repeat(char *p, size_t n)
{
    size_t from = below(n), length = 1 + below(n - from < 32 ? n - from : 32);
    size_t grown = widen(p, n, from, length);
    if (grown > n)
        memcpy(p + from, p + from + length, length);
    return grown;
}

static size_t mutate(char *p, size_t n)
{
    static const char odd[] = "\0\xff\x80\x7f \n\r\t<>&\"'%/.:;=#?@*`[]{}()-_+\\|^~0a";
    if (n == 0)
        return splice(p, n, false);
    size_t at = below(n), length;
    switch (below(8)) {
    case 0:
        p[at] = (char)(p[at] ^ (1 << below(8)));
        return n;
    case 1:
        p[at] = odd[below(sizeof odd - 1)];
        return n;
    case 2:
        p[at] = (char)below(256);
        return n;
    case 3:
        length = widen(p, n, at, 1);
        if (length > n)
            p[at] = odd[below(sizeof odd - 1)];
        return length;
    case 4:
        length = 1 + below(n - at < 16 ? n - at : 16);
        memmove(p + at, p + at + length, n - at - length);
        return n - length;
    case 5:
        return repeat(p, n);
    case 6:
        return splice(p, n, true);
    default:
        return splice(p, n, false);
    }
}

static void run_mutations(void)
{
    int64_t end = clock_monotonic() + with.seconds * CLOCK_SECOND;
    char *p = malloc((size_t)with.max_len);
    for (long long i = 0; p && i < with.runs && (i % 64 || clock_monotonic() < end); i++) {
        struct str seed = str_first(seeds[below(seeds_n)], (size_t)with.max_len);
        size_t n = seed.n;
        if (n)
            memcpy(p, seed.p, n);
        for (size_t times = 1 + below(6); times; times--)
            n = mutate(p, n);
        run(p, n);
    }
    free(p);
}

/* ---- the corpus ---- */

static void seed_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *p = malloc(INPUT_MAX);
    if (!file || !p || seeds_n == SEEDS) {
        fprintf(stderr, "%s cannot be read\n", path);
        _exit(2);
    }
    size_t n = fread(p, 1, INPUT_MAX, file);
    fclose(file);
    char *kept = realloc(p, n ? n : 1);
    seeds[seeds_n++] = str_make(kept ? kept : p, n);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void corpus_read(const char *path)
{
    struct stat st;
    struct dirent **entries;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        seed_read(path);
        return;
    }
    int n = scandir(path, &entries, visible, alphasort);
    for (int i = 0; i < n; i++) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        seed_read(file);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static bool option(const char *arg, const char *name, const char **value)
{
    size_t n = strlen(name);
    if (strncmp(arg, name, n) != 0)
        return false;
    *value = arg + n;
    return true;
}

static void options_read(int argc, char **argv)
{
    const char *value;
    for (int i = 1; i < argc; i++) {
        if (option(argv[i], "-runs=", &value))
            with.runs = strtoll(value, NULL, 10);
        else if (option(argv[i], "-seed=", &value))
            with.random = (struct rand_seq){(uint64_t)strtoll(value, NULL, 10)};
        else if (option(argv[i], "-max_len=", &value))
            with.max_len = strtoll(value, NULL, 10);
        else if (option(argv[i], "-max_total_time=", &value))
            with.seconds = strtoll(value, NULL, 10);
        else if (option(argv[i], "-artifact_prefix=", &value))
            with.prefix = value;
        else if (argv[i][0] == '-')
            fprintf(stderr, "%s is not known here\n", argv[i]), exit(2);
        else
            corpus_read(argv[i]);
    }
    if (with.max_len < 1 || with.max_len > INPUT_MAX)
        with.max_len = INPUT_MAX;
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_set_death_callback(keep_input);
#else
    signal(SIGSEGV, on_signal);
#endif
    signal(SIGABRT, on_signal);
    signal(SIGALRM, on_second);
    alarm(1);
    int64_t start = clock_monotonic();
    run("", 0);
    for (size_t i = 0; i < seeds_n; i++)
        run(seeds[i].p, seeds[i].n);
    if (seeds_n == 0)
        seeds[seeds_n++] = S("");
    run_mutations();
    printf("%d inputs in %lld ms\n", (int)rounds,
           (long long)((clock_monotonic() - start) / (CLOCK_SECOND / 1000)));
    return 0;
}
