/*
 * pages.test.mjs: every page there is, as each kind of person: the console is silent, axe-core
 * finds nothing serious, the HTML is valid, nothing is wider than a phone.
 *
 * Pages are found by following links. Of pages of one shape (/ideas/1-a and /ideas/2-b) each kind
 * of person looks at one, staff at two of a list (sorted in two ways), administrators at some
 * types. browser.mjs watches all of it. axe-core and the validator, which take most of the time,
 * look at those that hold something of a kind, or in a place, that no page before had.
 */
import { test } from "./browser.mjs";

export const apart = true;
const LEFT_OUT = /^\/(assets|api|sign-out|metrics)\b|\.(atom|rss|opml|json|csv|vcf|ics|png|svg)$/;

/* /ideas/12-better-lids/edit becomes /ideas/#/edit, and so do names of types and fields; what a
 * list is asked for does not count. */
function shape(url) {
    const words = url.pathname.replace(/\/\d+[^/]*/g, "/#")
        .replace(/\/(types|fields|choices)\/[a-z_]+/g, "/$1/#")
        .replace(/\/@?[a-z]+$/, (last) =>
            /^\/(people|spaces|tags)\//.test(url.pathname) ? "/#" : last);
    return words + (url.search ? "?" : "");
}

/* How many of one shape: of types and fields, which are of many kinds, some; of lists two. */
function most(kind, as) {
    if (kind.includes("/types/#")) return 4;
    return as === "staff" && kind.endsWith("?") ? 2 : 1;
}

/* What the page is made of: each element with its classes, what it says to assistants, whether it
 * has text, and what it stands in; and the order of its headings. */
function kinds() {
    const kind = (e) => {
        const spoken = e.getAttributeNames().filter((name) =>
            /^(role|aria-.*|alt|for|type|href|title|tabindex|lang|label|scope)$/.test(name));
        const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        return [e.tagName, ...[...e.classList].sort(), ...spoken.sort(), text ? "t" : ""].join(".");
    };
    const chain = (e) => {
        const names = [];
        for (let at = e; at && names.length < 4; at = at.parentElement) names.push(kind(at));
        return names.join(" < ");
    };
    const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((h) => h.tagName);
    const steps = headings.map((h, i) => `${headings[i - 1] ?? ""} ${h}`);
    return [...new Set([...steps, ...[...document.querySelectorAll("body *")].map(chain)])];
}

const known = new Set(); /* kinds that stood on a page that was sound */

async function crawl(t, as) {
    const page = await t.page({ as, width: "phone" });
    const seen = new Map();
    const done = new Set();
    const queue = ["/"];
    const wrong = [];
    let looked = 0;
    while (queue.length) {
        const address = queue.shift();
        if (done.has(address)) continue;
        done.add(address);
        try {
            await page.goto(address);
            await t.fits(page);
            const all = await page.evaluate(kinds);
            if (all.some((one) => !known.has(one))) {
                await t.axe(page);
                await t.valid(page);
                all.forEach((one) => known.add(one));
                looked++;
            }
        } catch (error) {
            wrong.push(error.message);
        }
        const links = await page.locator("a[href]").evaluateAll((all) => all.map((a) => a.href));
        for (const link of links) {
            const url = new URL(link);
            if (url.origin !== t.site.origin || LEFT_OUT.test(url.pathname)) continue;
            const kind = shape(url);
            const n = seen.get(kind) ?? 0;
            if (n >= most(kind, as) || done.has(url.pathname + url.search)) continue;
            seen.set(kind, n + 1);
            queue.push(url.pathname + url.search);
        }
    }
    console.log(`# as ${as ?? "guest"}: ${done.size} pages, ${looked} looked at closely`);
    t.ok(done.size > 5, `only ${done.size} pages were found`);
    t.ok(wrong.length === 0, wrong.join("\n"));
}

for (const as of [null, "customer", "staff", "administrator"])
    test(`every page, as ${as ?? "guest"}`, (t) => crawl(t, as));

test("pages that are not there say so", async (t) => {
    const page = await t.page();
    t.expect(page, /404/);
    await page.goto("/no/such/page");
    t.equal(await page.locator("h1").count(), 1, "headings");
    await t.axe(page);
    await t.valid(page);
});

for (const [name, address, as] of [
    ["home", "/", "customer"],
    ["ideas", "/ideas", null],
    ["styleguide", "/styleguide", null],
    ["sign-in", "/session/new", null],
    ["notifications", "/notifications", "customer"],
    ["watches", "/watches", "customer"],
    ["account", "/account", "administrator"],
    ["access-tokens", "/account/tokens", "administrator"],
])
    test(`screens of ${name}`, (t) => t.screens(address, name, { as }));
