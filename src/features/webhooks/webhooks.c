/* webhooks.c: declares the feature; see webhooks.h. */
#include "features/webhooks/webhooks.h"

static const struct route routes[] = {
    {GET, "/webhooks", hooks_index, STAFF, .flags = ROUTE_UNFED, .answers = hooks_answer,
     .help = "one's own webhooks; to administrators those of others, too"},
    {POST, "/webhooks", hooks_create, STAFF, .rate = PER_HOUR(30),
     .flags = ROUTE_CREATES | ROUTE_ASIDE | ROUTE_SECRET, .form = hook_rules,
     .answers = hook_answer, .help = "make one; its secret is shown this once"},
    {GET, "/webhooks/:id", hooks_show, STAFF, .flags = ROUTE_UNFED, .query = deliveries_query,
     .answers = hook_answer, .help = "one of one's own"},
    {PATCH, "/webhooks/:id", hooks_update, STAFF, .rate = PER_MINUTE(30), .flags = ROUTE_ASIDE,
     .form = hook_rules, .answers = hook_answer, .help = "change it, switch it on or off"},
    {DELETE, "/webhooks/:id", hooks_destroy, STAFF, .flags = ROUTE_ASIDE,
     .help = "take it away, with its log"},
    {POST, "/webhooks/:id/secrets", secrets_create, STAFF, .rate = PER_HOUR(30),
     .flags = ROUTE_CREATES | ROUTE_ASIDE | ROUTE_SECRET, .answers = hook_answer,
     .help = "another secret; the one before it signs for a day more"},
    {POST, "/webhooks/:id/pings", pings_create, STAFF, .rate = PER_MINUTE(10), .flags = ROUTE_ASIDE,
     .answers = hook_answer, .help = "send a test"},
    {POST, "/webhooks/:id/replays", replays_create, STAFF, .rate = PER_HOUR(20),
     .flags = ROUTE_ASIDE, .form = replay_rules, .answers = hook_answer,
     .help = "send everything since `since` again"},
    {GET, "/webhooks/:id/deliveries", deliveries_index, STAFF, .flags = ROUTE_UNFED,
     .query = deliveries_query, .answers = deliveries_answer,
     .help = "what it has told, and what came of it; kept for 30 days"},
    {GET, "/webhooks/:id/deliveries/:delivery", deliveries_show, STAFF, .flags = ROUTE_UNFED,
     .answers = delivery_answer, .help = "one delivery, with what was sent and answered"},
    {POST, "/webhooks/:id/deliveries/:delivery/resendings", resendings_create, STAFF,
     .rate = PER_MINUTE(60), .flags = ROUTE_ASIDE, .answers = delivery_answer,
     .help = "send it again"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Webhooks", "/webhooks", "#i-send", 60, STAFF, MENU_USER},
    {0},
};

static const struct job_kind jobs[] = {
    {"webhook-send", hook_send, .at_once = 4},
    {"webhook-replay", hook_replay},
    {"webhook-due", hooks_due, .every_s = 60},
    {"webhook-clean", hooks_clean, .every_s = 3600},
    {0},
};

static const struct consumer consumers[] = {
    {"webhooks", hooks_take, .every_ms = 500, .from_end = true, .once = true, .idle = hooks_idle},
    {0},
};

static const struct letter_kind *const letters[] = {&letter_hook_off, NULL};

const struct feature webhooks_feature = {
    .name = "webhooks",
    .routes = routes,
    .menu = menu,
    .consumers = consumers,
    .letters = letters,
    .jobs = jobs,
    .failures = hooks_failures,
};
