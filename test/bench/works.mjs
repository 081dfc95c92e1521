// works.mjs: what is measured: pages with what must stand on them, and changes with what they must
// write. `limit` is the most CPU that a request may take, in milliseconds.

const enc = encodeURIComponent;
const row = '<li class="row"';

/** Two words of each kind of frequency, several pairs so that no statement sees one text only. */
function pairs(first, second, shift) {
    const other = (i) => second[(i + shift) % second.length];
    return first.map((word, i) => `/search?q=${enc(`${word} ${other(i)}`)}`);
}

function lists(facts) {
    const filters = {
        all: "",
        status: `&status=${facts.status}`,
        tag: `&tag=${enc(facts.tag)}`,
        author: `&author=${facts.author}`,
        space: `&space=${facts.space}`,
        unanswered: "&show=unanswered",
    };
    const works = [];
    for (const sort of ["newest", "votes", "trending"]) {
        for (const [name, query] of Object.entries(filters)) {
            works.push({
                id: `list-${sort}-${name}`,
                title: `list, ${sort}, ${name}`,
                paths: [`/ideas?sort=${sort}${query}`],
            });
        }
        works.push({
            id: `list-${sort}-mine`,
            title: `list, ${sort}, mine, signed in`,
            paths: [`/ideas?sort=${sort}&show=mine`],
            signedIn: true,
        });
    }
    const few = facts.ideas < 5000;
    const common = { group: "list", limit: 0.15, rows: few ? 10 : 30, row };
    return works.map((work) => ({ ...work, ...common }));
}

function votesWritten(now, asked) {
    return { votes: now.votes - asked, activities: now.activities - asked,
             likes: now.likes - asked };
}

function commentsWritten(now, asked) {
    return { comments: now.comments - asked, texts: now.texts - asked, found: now.found - asked,
             activities: now.activities - asked };
}

/** The newest ideas with their whole texts. The 304 is for who has them: see src/http/fresh.h. */
function feeds() {
    const atom = { paths: ["/ideas.atom?sort=newest"], row: "<entry>", rows: 30, end: "</feed>",
                   has: ["<content type=\"html\">"] };
    return [
        { id: "feed", title: "feed of 30 ideas, Atom", limit: 0.2, ...atom },
        { id: "feed-rss", title: "the same, RSS", limit: 0.2, group: "feed",
          paths: ["/ideas.rss?sort=newest"], row: "<item>", rows: 30, end: "</rss>",
          has: ["<content:encoded>"] },
        { id: "feed-json", title: "the same, JSON Feed", limit: 0.2, group: "feed",
          paths: ["/ideas.feed.json?sort=newest"], row: '{"id":', rows: 30, end: "]}",
          has: ['"content_html":'] },
        { id: "feed-304", title: "feed, asked again: 304", limit: 0.03, group: "feed", ...atom,
          known: true },
    ];
}

export function works(facts) {
    const idea = `/ideas/${facts.idea}`;
    return [
        {
            id: "idea", title: "idea page, 30 comments, anonymous", limit: 0.12,
            paths: [idea], row: '<li class="comment"', rows: 30, has: ["30 comments", "Sign in"],
        },
        {
            id: "idea-signed-in", title: "the same, signed in, own votes", limit: 0.15,
            paths: [idea], row: '<li class="comment"', rows: 30, signedIn: true,
            has: ["30 comments", 'aria-pressed="true"', 'name="_csrf"'],
        },
        ...lists(facts),
        {
            id: "list-signed-in", title: "list, trending, all, signed in", limit: 0.15,
            signedIn: true, paths: ["/ideas"], row, rows: 30, has: ['name="_csrf"'],
        },
        {
            id: "notifications", title: "notifications, 30 of them", limit: 0.2, signedIn: true,
            paths: ["/notifications"], row: "data-activities=", rows: 5,
            has: ["data-bell-url-value", 'name="_csrf"'],
        },
        ...feeds(),
        {
            id: "search-common", title: "search, two common words", limit: 0.8,
            group: "search",
            paths: pairs(facts.common_words, facts.common_words, 1), row, rows: 20,
        },
        {
            id: "search-function", title: "search, two of the most common", limit: 0.8,
            group: "search",
            paths: pairs(facts.function_words, facts.function_words, 3), row, rows: 20,
        },
        {
            id: "search-rare", title: "search, a common and a rare word", limit: 0.8,
            group: "search",
            paths: pairs(facts.common_words, facts.rare_words, 0), row: "<main", rows: 1,
        },
        {
            id: "search-rares", title: "search, two rare words", limit: 0.8,
            group: "search",
            paths: pairs(facts.rare_words, facts.rare_words, 3), row: "<main", rows: 1,
        },
        {
            id: "vote", title: "vote, 64 clients, the 100 newest ideas", limit: 0.06,
            write: "votes", group: "vote", ideas: facts.samples.slice(-100), wrote: votesWritten,
        },
        {
            id: "vote-spread", title: "vote, 64 clients, ideas of all ages", write: "votes",
            group: "vote", ideas: facts.samples.slice(0, -100), wrote: votesWritten,
        },
        {
            id: "comment", title: "new comment, committed, 64 clients", limit: 0.2,
            write: "comments", ideas: facts.samples,
            wrote: commentsWritten,
        },
    ];
}
