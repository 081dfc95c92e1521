/* components.h: what the shared partials are called with.
 *
 *     % shared_avatar(o, &(struct avatar){.id = v->author_id, .name = v->author_name});
 *
 * One struct for each partial of src/view/shared/, with the same name; what is not given is left
 * out. The partials hold the markup of the design system, so that a page is made of these and of
 * plain layout classes. /styleguide shows all of them in every state.
 *
 * RULES
 *   1. What is empty or zero leaves no empty element behind.
 *   2. A state is told by word and icon; a state that is not known shows as its own word.
 *   3. A thread closes every element it opened, wherever its first entry stands.
 *   4. Every form carries the token; no partial needs a script.
 */
#ifndef VIEW_COMPONENTS_H
#define VIEW_COMPONENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/diff.h"
#include "view/answer.h"
#include "views/shared.h" /* made by the build: the partials' prototypes */

/* ---- people ---- */

enum avatar_size { AVATAR_M, AVATAR_S, AVATAR_L, AVATAR_XL };

struct avatar {
    int64_t id; /* gives the hue; 0: not one of the people here */
    struct str name;
    enum avatar_size size;
    bool square; /* spaces and organisations */
    struct str src; /* address of the photo; empty: initials */
};

struct by { /* face and name in a line of text; without id a plain name, without both "Somebody" */
    int64_t id;
    struct str name;
    const char *badge; /* "Staff": in honey, with a check; NULL: none */
};

struct faces { /* overlapping faces */
    const struct avatar *list;
    size_t n;
    struct str path; /* to all of them; empty: no link */
    int64_t more;    /* besides those shown */
};

const char *avatar_class(const struct avatar *v);
int avatar_hue(int64_t id, struct str name); /* 0..11; by the name for who has no id */
/* First letters of the first and the last word. buf holds 16 bytes. */
struct str initials(char buf[16], struct str name);

/* ---- states, votes, tags ---- */

struct pill {
    struct str state; /* "planned"; empty: nothing */
};

struct state_look {
    const char *state, *label, *classes, *icon;
};
const struct state_look *state_look(struct str state); /* NULL: not known */
const char *state_label(struct str state);             /* "" if not known */

enum vote_state { VOTE_OFF, VOTE_IDLE, VOTE_VOTED, VOTE_GUEST };
enum vote_size { VOTE_M, VOTE_L /* beside a record's text */, VOTE_S /* in a line of acts */ };

struct vote_box { /* #votes-<id>, and [data-score="<id>"] around the number, for streams */
    int64_t id;
    struct str path;  /* of the record: the form posts to path + "/votes" */
    struct str title; /* what one votes for, for those who hear the page; empty: "this" */
    int64_t n;
    enum vote_state state;
    enum vote_size size;
    struct str back; /* the page that it stands on, if one returns there; empty: the record */
};
/* The viewer's own: a guest is led to sign in, an own or closed record is off. */
enum vote_state vote_state_of(const struct viewer *viewer, bool voted, bool may);

struct tag_list {
    struct str names; /* separated by blanks, as records keep them */
    struct str path;  /* of the list that a tag narrows: "/ideas"; empty: no links */
};

/* ---- lists ---- */

struct record_row {
    int64_t id;
    const char *anchor; /* "idea": the row is #idea-12; NULL: no id */
    struct str path, title, excerpt;
    struct html title_marked, marked; /* instead of title and excerpt: with <mark> around what was
                                         searched */
    const char *prefix; /* said before the title to those who hear the page: "Comment on " */
    struct str state, tags, tags_path;
    bool votes; /* the vote box stands before it; else `icon` does */
    int64_t score;
    enum vote_state vote;
    const char *icon; /* "#i-lightbulb"; NULL: neither */
    bool done;        /* the icon in green: answered */
    const char *kind; /* "Idea", where a list is of many kinds; NULL: not said */
    int64_t author_id, at, comments, answers; /* comments, answers: -1: not shown */
    struct str author_name;
    bool is_new;     /* since the viewer's last visit */
    int heading;     /* 2 (0) or 3: level of the title */
    struct str back; /* of the vote box */
};

struct link_item {
    const char *label;
    struct str text; /* instead of label */
    struct str path;
    bool current;
    int64_t n;        /* a count behind it; 0: none */
    const char *icon; /* NULL: none */
};

struct str link_label(const struct link_item *item);

struct feed_links {
    struct str path; /* of the list, with what it is narrowed to */
    struct str json; /* of its data; empty: not shown */
};

struct link_bar {      /* crumbs, tabs, seg, links */
    const char *label; /* what the bar is for: "Sort" */
    const struct link_item *items;
    size_t n;
    const char *frame; /* tabs: the turbo-frame that they change; NULL: the page */
};

struct option {
    struct str value, label;
    const char *hint; /* of a radio card */
};

struct filters {
    struct link_bar sorts;
    struct str path;             /* of the form; empty: no form */
    const struct field *selects; /* each with name, label and options */
    size_t selects_n;
    const struct option *kept; /* other parameters that stay: value is the name, label the value */
    size_t kept_n;
    const struct link_item *chips; /* what it is narrowed to; path: without it */
    size_t chips_n;
};

struct pager {
    struct str newer, older; /* addresses; empty: there is none */
};

struct empty {       /* nothing here, and what to do about it */
    const char *art; /* "#i-art-hive" */
    struct str title, text;
    const char *act; /* label of the button; NULL: none */
    struct str path;
};

/* ---- the head of a page ---- */

struct head { /* with `open` the acts follow, and then shared_head_end(o) */
    struct str title, lead;
    const struct link_item *crumbs;
    size_t crumbs_n;
    struct str state;
    int64_t author_id, at;
    struct str author_name;
    const char *at_verb; /* "Proposed"; NULL: only the time */
    bool open;
};

struct bell { /* .bell__n: the number of what waits; nothing for none, "99+" for more */
    int64_t n;
};

/* ---- forms ---- */

struct choice_group { /* options of a select that stand together */
    struct str name, label;
    const struct option *options;
    size_t n;
};

struct field { /* input, textarea, editor, select, check, choices, checks, file_choice */
    const char *name, *label;
    const char *hint, *error; /* NULL: none */
    struct str value;
    const char *type; /* of input; NULL: "text" */
    const char *mode; /* of input: which keys a touch screen shows; NULL: letters */
    const char *autocomplete, *placeholder;
    const char *id; /* NULL: "f-<name>" */
    int max, rows;  /* characters, lines; 0: not said, 7 */
    bool required, autofocus, disabled;
    bool big;                     /* input: a title */
    bool bare;                    /* the label is only heard, not seen */
    bool plain;                   /* required and optional are not told apart */
    bool checked;                 /* check */
    const struct option *options; /* select, choices */
    size_t options_n;
    const struct choice_group *groups; /* select: behind the options */
    size_t groups_n;
    struct str group; /* whose option is selected: one may stand in several */
    const char *of;   /* name of the select whose value is the group to choose from; NULL: none */
};

const char *field_id(char buf[80], const struct field *v);
const char *field_about(char buf[200], const struct field *v); /* ids of hint and error */
struct attrs field_attrs(const struct field *v);
bool field_chosen(const struct field *v, struct str one);
    /* of a value with commas */ /* required, disabled... */

struct error_list {             /* stands before the fields of a form that was refused */
    const char *whole;          /* of no single field */
    const struct field *fields; /* those with an error are linked */
    size_t n;
    bool still; /* does not take the focus */
};

struct composer {    /* the form at the end of a discussion; a guest is led to sign in */
    struct str path; /* posts to it */
    const char *label, *button, *name; /* "Your comment", "Comment", "body" */
    const char *error;
    struct str value;
    int64_t parent; /* field `parent`; 0: none */
    const char *id; /* of the text field, where a page has several; NULL: its own */
    struct str guest_back;
};

struct theme_form {
    const char *theme, *id; /* theme NULL: as the system; id of the label */
    struct str back;
};

/* ---- texts ---- */

struct official { /* the official answer; state_from empty: no step is shown */
    struct str state_from, state;
    struct html html;
    int64_t author_id, at;
    struct str author_name, edit_path;
};

struct comment {
    int64_t id, author_id, at, edited_at; /* edited_at 0: not edited */
    struct str author_name;
    const char *badge; /* "Staff", "Author"; NULL: none */
    struct html html;
    int depth;             /* 1: below the root */
    int replies;           /* directly below it: told on what opens them */
    bool gone;             /* deleted: keeps its place */
    const char *gone_text; /* NULL: "This comment was taken away." */
    bool has_votes;
    int64_t score;
    enum vote_state vote;
    struct str path; /* "/comments/12": votes and deleting go there */
    bool may_reply, may_edit, may_delete, may_restore;
    struct str origin, licence; /* of imported text: its address, and the licence's short name */
};

struct comment_thread {
    const struct comment *list; /* in reading order */
    size_t n;
    int64_t skip; /* one that is shown elsewhere */
};

struct thread_close {
    size_t level, stay;
};

struct diff_lines {
    const struct diff_op *diff;
    size_t diff_n;
    struct str before, after; /* "Revision 2"; both empty: no heads */
    int64_t before_at, after_at;
};

struct source { /* where imported text comes from */
    const char *site, *licence;
    struct str url, author_name, licence_url;
    int64_t author_id; /* 0: not one of the people here */
};

/* ---- facts ---- */

struct fact {
    const char *term;
    struct str text, path; /* path empty: no link */
    int64_t at;            /* instead of text */
    int64_t number;        /* instead of text, with is_number */
    bool is_number;
};

struct fact_list { /* facts (beside one another), stats (tiles) */
    const struct fact *list;
    size_t n;
};

struct event { /* one line of what happened */
    int64_t actor_id, at;
    struct str actor_name;
    const char *icon; /* "#i-circle-check": instead of the actor's face */
    bool done;
    const char *verb;             /* "answered" */
    struct str title, path;       /* of what it was done to */
    const char *tail;             /* " is now planned"; NULL: nothing */
    struct str in_title, in_path; /* "in Product ideas" */
    struct str quote;
    struct html marked; /* instead of quote */
};

/* ---- messages ---- */

struct flash_box {
    struct str text;
    bool bad, stay;       /* what is bad stays until it is dismissed */
    struct str undo_path; /* posts to it */
};

enum note_kind { NOTE_INFO, NOTE_WARN, NOTE_BAD };

struct note {
    enum note_kind kind;
    const char *icon;            /* NULL: the kind's own */
    struct str text, link, path; /* "…merged into", "Let the Heron be silent", "/ideas/1" */
    const char *tail;
};

struct confirm { /* a button that asks first and then posts; DELETE by default */
    const char *label, *icon, *question, *method; /* icon NULL: none; method NULL: "DELETE" */
    struct str path;
    const char *classes; /* NULL: "act" */
};

struct dialog {
    const char *id, *title, *button, *classes; /* classes of the button; NULL: "btn" */
};

struct refusal {
    int status;
    const char *art, *title, *why;
};

#endif
