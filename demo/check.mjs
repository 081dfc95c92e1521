/*
 * Checks that the demo data is whole: `node demo/check.mjs` from anywhere.
 *
 * Owns nothing but its findings: one line per fault on stderr, a line of counts on stdout, exit
 * status 1 if there was a fault.
 *
 * RULES
 *   1. Every handle, space and key that is named exists, and no list names somebody twice.
 *   2. Nobody votes for what they wrote.
 *   3. Nobody acts before joining; a reply comes after what it replies to.
 *   4. In a space whose audience is "space" only its members act.
 *   5. A decided idea has an answer by staff, with its reason; a merged one leads to an idea that
 *      is not merged itself.
 *   6. No topic has two accepted answers, and none lacks tags from the common list.
 *
 * WHY: the loader trusts these files, so that a slip in hand-written data must show here.
 */
import { readFileSync } from 'node:fs';

const STATUSES = ['open', 'review', 'planned', 'progress', 'done', 'declined', 'merged'];
const DECIDED = ['planned', 'progress', 'done', 'declined', 'merged'];
const ROLES = ['owner', 'administrator', 'staff', 'member'];
const TAG_USES_AT_LEAST = 2;

const load = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const people = load('people.json');
const spaces = load('spaces.json');
const ideas = load('ideas.json');
const topics = load('topics.json');

let faults = 0;
const counts = {
    people: people.length, spaces: spaces.length, ideas: ideas.length, votes: 0, comments: 0,
    replies: 0, topics: topics.length, answers: 0, topic_votes: 0, topic_comments: 0, follows: 0,
    deepest: 0,
};

function fault(where, what)
{
    faults += 1;
    console.error(`${where}: ${what}`);
}

function by(list, field)
{
    const map = new Map();
    for (const one of list) {
        if (map.has(one[field])) fault(one[field], `a second ${field} of this name`);
        map.set(one[field], one);
    }
    return map;
}

const person = by(people, 'handle');
const space = by(spaces, 'slug');
const idea = by(ideas, 'key');
const key = by([...ideas, ...topics], 'key');
const tags = new Map();

function handles(where, list, author)
{
    if (new Set(list).size !== list.length) fault(where, 'names somebody twice');
    for (const one of list) {
        if (!person.has(one)) fault(where, `no such person: ${one}`);
        if (one === author) fault(where, `${one} votes for their own`);
    }
}

function acts(where, slug, who, days, text)
{
    if (!person.has(who)) return fault(where, `no such person: ${who}`);
    if (!(days > 0 && days < person.get(who).days_ago)) fault(where, `${who} acts before joining`);
    const home = space.get(slug);
    if (!home) return fault(where, `no such space: ${slug}`);
    const member = home.members.find((one) => one.handle === who);
    if (home.audience === 'space' && (!member || member.role === 'reader')) {
        fault(where, `${who} may not write in ${slug}`);
    }
    if (!text || !text.trim()) fault(where, `${who} says nothing`);
    const words = (text || '').replace(/```[^]*?```|`[^`]*`/g, '');
    for (const [, name] of words.matchAll(/(?<![\w.])@(\w+)/g)) {
        if (!person.has(name)) fault(where, `mentions nobody: @${name}`);
    }
    for (const [, name] of words.matchAll(/(?<![\w&/])#([a-z][\w-]*)/g)) {
        if (!tags.has(name)) fault(where, `no such tag: #${name}`);
    }
}

function thread(where, slug, list, since, depth)
{
    counts.deepest = Math.max(counts.deepest, list.length ? depth : 0);
    for (const one of list) {
        counts.comments += 1;
        counts.replies += depth > 1;
        acts(where, slug, one.author, one.days_ago, one.text);
        if (one.days_ago >= since) fault(where, `${one.author} answers before being asked`);
        handles(where, one.votes ?? [], one.author);
        thread(where, slug, one.replies ?? [], one.days_ago, depth + 1);
    }
}

function check_idea(one)
{
    acts(one.key, one.space, one.author, one.days_ago, one.body);
    handles(one.key, one.voters, one.author);
    handles(one.key, one.followers, one.author);
    counts.votes += one.voters.length;
    counts.follows += one.followers.length;
    thread(one.key, one.space, one.comments, one.days_ago, 1);
    if (one.space && space.get(one.space).audience === 'space') {
        const inside = space.get(one.space).members.map((m) => m.handle);
        for (const h of [...one.voters, ...one.followers]) {
            if (!inside.includes(h)) fault(one.key, `${h} is no member of ${one.space}`);
        }
    }
    if (!STATUSES.includes(one.status)) fault(one.key, `no such status: ${one.status}`);
    if (DECIDED.includes(one.status) !== !!one.answer) fault(one.key, 'decision and answer differ');
    if ((one.status === 'merged') !== !!one.merged_into) fault(one.key, 'merged, but into what?');
    if (one.merged_into && idea.get(one.merged_into)?.status === 'merged') {
        fault(one.key, 'merged into a merged idea');
    }
    if (one.merged_into && !idea.has(one.merged_into)) fault(one.key, 'merged into nothing');
    if (one.answer) {
        acts(one.key, one.space, one.answer.author, one.answer.days_ago, one.answer.text);
        if (person.get(one.answer.author)?.role === 'member') fault(one.key, 'answer not by staff');
        if (one.answer.status !== one.status) fault(one.key, 'the answer says another status');
        if (one.answer.days_ago >= one.days_ago) fault(one.key, 'answered before being asked');
    }
}

function check_topic(one)
{
    acts(one.key, one.space, one.author, one.days_ago, one.body);
    handles(one.key, one.voters, one.author);
    handles(one.key, one.followers, one.author);
    counts.topic_votes += one.voters.length;
    counts.follows += one.followers.length;
    if (one.answers.filter((a) => a.accepted).length > 1) fault(one.key, 'two accepted answers');
    const said = [...one.comments.map((c) => [c, one.days_ago])];
    for (const answer of one.answers) {
        counts.answers += 1;
        counts.topic_votes += answer.voters.length;
        handles(one.key, answer.voters, answer.author);
        said.push([answer, one.days_ago], ...answer.comments.map((c) => [c, answer.days_ago]));
    }
    counts.topic_comments += said.length - one.answers.length;
    for (const [it, since] of said) {
        acts(one.key, one.space, it.author, it.days_ago, it.text);
        if (it.days_ago >= since) fault(one.key, `${it.author} answers before being asked`);
    }
}

for (const one of people) {
    if (!ROLES.includes(one.role)) fault(one.handle, `no such role: ${one.role}`);
}
for (const one of spaces) handles(one.slug, one.members.map((m) => m.handle));
for (const one of [...ideas, ...topics]) {
    if (!one.tags.length) fault(one.key, 'no tags');
    for (const tag of one.tags) tags.set(tag, (tags.get(tag) ?? 0) + 1);
}
for (const [tag, uses] of tags) {
    if (uses < TAG_USES_AT_LEAST) fault(tag, 'a tag used once is a slip of the pen');
}
ideas.forEach(check_idea);
topics.forEach(check_topic);

console.log(Object.entries({ ...counts, tags: tags.size }).map(([n, v]) => `${v} ${n}`).join(', '));
process.exit(faults ? 1 : 0);
