/*
 * search.test.mjs: the search as people use it, and texts that try to be more than text: shown on
 * pages, never run.
 */
import { test } from "./browser.mjs";

async function find(page, words) {
    await page.goto("/search");
    await page.fill("main input[name=q]", words);
    await page.locator("main form[role=search] button").click();
    await page.waitForURL(/\/search\?/);
}

for (const js of [true, false]) {
    const how = js ? "" : ", without a script";

    test(`words are found and marked${how}`, async (t) => {
        const page = await t.page({ js });
        await page.goto("/ideas");
        await page.fill("header input[name=q]", "kettle");
        await page.locator("header form.find button").click();
        await page.waitForSelector("main .rows mark");
        const marks = await page.locator("main .rows mark").allInnerTexts();
        t.ok(
            marks.every((m) => /^kettle/i.test(m)),
            `marked: ${marks}`,
        );
        t.equal(await page.inputValue("main input[name=q]"), "kettle", "what was typed");
        if (js) await t.axe(page);
        await t.valid(page);
        await page.locator("main .rows .row__title a").first().click();
        await page.waitForSelector("main h1:not(.sr)");
    });

    test(`tabs narrow down, filters go one by one${how}`, async (t) => {
        const page = await t.page({ js });
        await find(page, "kettle tag:quiet is:done");
        await page.locator("main .tabs a", { hasText: "Ideas" }).click();
        await page.waitForSelector("main .tabs a[aria-current=page] >> text=Ideas");
        t.ok((await page.locator("main .rows .row").count()) > 0, "nothing found");
        const kinds = await page.locator("main .row__meta > span:first-child").allInnerTexts();
        t.ok(
            kinds.every((kind) => kind === "Idea"),
            `kinds: ${kinds}`,
        );
        await page.locator("main .chip, main .chips a", { hasText: "tag: quiet" }).first().click();
        await page.waitForURL((url) => !url.searchParams.get("q").includes("tag:"));
        t.equal(await page.inputValue("main input[name=q]"), "kettle is:done", "what is left");
        if (js) await t.axe(page);
        await t.valid(page);
    });

    test(`finding nothing says what to do${how}`, async (t) => {
        const page = await t.page({ js });
        await find(page, "zyxwvutsrqponm");
        await page.waitForSelector("main >> text=Nothing found");
        await page.waitForSelector("main >> text=Ways to ask");
        if (js) await t.axe(page);
        await t.valid(page);
        await page.goto("/search");
        await page.waitForSelector("main >> text=What are you looking for?");
        await t.valid(page);
    });
}

test("what is hidden is not found", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/spaces/new");
    await page.fill("[name=title]", "Behind the curtain");
    await page.fill("[name=body]", "Among ourselves");
    await page.selectOption("[name=openness]", "anyone");
    await page.selectOption("[name=audience]", "space");
    await page.locator("main form.form button[type=submit]").click();
    await page.locator("main a >> text=Share an idea").click();
    await page.waitForURL(/\/ideas\/new/);
    await page.fill("[name=title]", "Quokkafinder");
    await page.fill("[name=body]", "Not for everybody");
    await page.locator("main form.form button[type=submit]").click();
    await page.waitForSelector("h1 >> text=Quokkafinder");
    await find(page, "quokkafinder");
    await page.waitForSelector("main .row__title >> text=Quokkafinder");
    for (const as of [null, "customer"]) {
        const other = await t.page({ as });
        for (const words of ["quokkafinder", "curtain", "in:behind-the-curtain"]) {
            await find(other, words);
            await other.waitForSelector("main >> text=Nothing found");
        }
    }
});

/* ---- texts that try ---- */

/* Each is its own proof: where it runs, a dialog opens, a request leaves, or the console speaks. */
const ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "<svg/onload=alert(1)>",
    "{{7*7}}${7*7}",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
];
const MARKDOWN = [
    "[a](javascript:alert(1))",
    "[b](&#106;avascript:alert(1))",
    '<a href="javascript:alert(1)">c</a>',
    "<img src=x onerror=alert(1)>",
    "![d](/assets/logo.svg '\" onerror=alert(1) x=\"')",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<style>*{display:none}</style>",
    "<form action=//elsewhere.example><button name=_csrf>e</button></form>",
    '<div data-controller="dialog" data-action="click->dialog#open" id="confirm">f</div>',
    '<turbo-stream action="remove" target="main"></turbo-stream>',
    "```<script>\nalert(1)\n```",
    "<!--><script>alert(1)</script>-->",
].join("\n\n");

/* Whatever the page does on its own stays without effect; what was written can be read. */
function guard(t, page) {
    const opened = [];
    page.on("dialog", (dialog) => {
        opened.push(`${page.url()}: ${dialog.message()}`);
        dialog.dismiss();
    });
    return () => t.equal(opened.join(), "", "dialogs");
}

async function harmless(t, page) {
    const bad = await page.evaluate(() => {
        const found = [];
        for (const e of document.querySelectorAll("main *, header *, footer *, .flashes *")) {
            if (
                /^(script|iframe|style|object|embed|base|meta|link|turbo-stream)$/i.test(
                    e.localName,
                )
            )
                found.push(e.outerHTML);
            for (const { name, value } of e.attributes)
                if (/^on/i.test(name) || /^\s*javascript:/i.test(value)) found.push(e.outerHTML);
            if (
                e.parentElement.closest(".prose") &&
                [...e.attributes].some((a) => /^(data-|id$|style$)/.test(a.name))
            )
                found.push(e.outerHTML);
        }
        return found;
    });
    t.ok(bad.length === 0, `${page.url()} has ${bad.join("\n").slice(0, 1000)}`);
}

test("titles, texts, comments and tags are shown, never run", async (t) => {
    const page = await t.page({ as: "customer" });
    const quiet = guard(t, page);
    for (const attack of ATTACKS) {
        await page.goto("/ideas/new");
        await page.fill("[name=title]", `Hostile ${attack}`);
        await page.fill("[name=body]", `${attack}\n\n${MARKDOWN}`);
        await page.selectOption("[name=space]", { label: "Product ideas" });
        await page.locator("main .editor button >> text=Preview").click();
        await page.waitForSelector("main .editor__out pre");
        await harmless(t, page);
        await page.locator("main form.form button[type=submit]").click();
        await page.waitForSelector("main .post");
        t.equal(await page.locator("main h1").innerText(), `Hostile ${attack}`, "the title");
        t.ok(
            (await page.title()).startsWith(`Hostile ${attack}`),
            `the page's title ${await page.title()}`,
        );
        await harmless(t, page);
        await page.locator("#comments > .composer textarea").fill(`${attack}\n\n${MARKDOWN}`);
        await page.locator("#comments > .composer button[type=submit]").click();
        await page.waitForSelector("#comments .comment__body");
        await harmless(t, page);
        await t.valid(page);
        const here = new URL(page.url()).pathname;
        for (const view of ["/edit", "/revisions", "/votes"]) {
            await page.goto(here + view);
            await harmless(t, page);
            await t.valid(page);
        }
    }
    for (const list of ["/ideas?sort=newest", "/", "/search?q=hostile", "/ideas?q=hostile"]) {
        await page.goto(list);
        await harmless(t, page);
        await t.valid(page);
    }
    quiet();
});

test("names of people and spaces are shown, never run", async (t) => {
    const page = await t.page({ as: "staff" });
    const quiet = guard(t, page);
    t.expect(page, /422/);
    for (const attack of ATTACKS) {
        await page.goto("/account");
        await page.locator("main a >> text=Edit profile").click();
        await page.waitForURL(/\/edit$/);
        await page.fill("[name=name]", attack);
        for (const field of ["place", "organisation"]) await page.fill(`[name=${field}]`, attack);
        await page.fill("[name=about]", `${attack}\n\n${MARKDOWN}`);
        await page.locator("main form.form button >> text=Save").click();
        await page.waitForSelector("main .head__meta");
        t.equal(await page.locator("main h1").innerText(), attack, "the name");
        await harmless(t, page);
        await t.valid(page);
        await page.goto("/spaces/new");
        await page.fill("[name=title]", attack);
        await page.fill("[name=body]", `${attack}\n\n${MARKDOWN}`);
        await page.selectOption("[name=openness]", "anyone");
        await page.selectOption("[name=audience]", "public");
        await page.locator("main form.form button[type=submit]").click();
        await page.waitForSelector("main .tabs");
        t.equal(await page.locator("main h1").innerText(), attack, "the space's name");
        await harmless(t, page);
        await t.valid(page);
        await page.goto(`${new URL(page.url()).pathname}/members`);
        await harmless(t, page);
        await t.valid(page);
    }
    for (const list of ["/people", "/spaces", "/", "/search?q=alert"]) {
        await page.goto(list);
        await harmless(t, page);
        await t.valid(page);
    }
    quiet();
});

test("addresses with something in them are shown, never run", async (t) => {
    const page = await t.page();
    t.expect(page, /40[04]/);
    const quiet = guard(t, page);
    for (const attack of ATTACKS) {
        const text = encodeURIComponent(attack);
        for (const address of [
            `/search?q=${text}`,
            `/search?type=${text}`,
            `/search?q=x&after=${text}`,
            `/ideas?q=${text}`,
            `/ideas?tag=${text}`,
            `/ideas?author=${text}`,
            `/ideas?space=${text}`,
            `/ideas?status=${text}`,
            `/ideas?sort=${text}`,
            `/ideas?after=${text}`,
            `/people?q=${text}`,
            `/session/new?back=${text}`,
            `/session/new?email=${text}`,
            `/accounts/new?back=/${text}`,
            `/${text}`,
            `/ideas/${text}`,
            `/spaces/${text}`,
            `/people/${text}`,
        ]) {
            await page.goto(address);
            await harmless(t, page);
        }
        await page.goto(`/search?q=${text}`);
        t.equal(await page.inputValue("main input[name=q]"), attack, "the search box");
        await t.valid(page);
    }
    quiet();
});

test("a flash and a website are words and a link, no more", async (t) => {
    const page = await t.page({ as: "customer" });
    const quiet = guard(t, page);
    t.expect(page, /422/);
    const evil = encodeURIComponent("<img src=x onerror=alert(1)>");
    await page.context().addCookies([{ name: "skep_flash", value: evil, url: t.site.origin }]);
    await page.goto("/");
    await harmless(t, page);
    t.equal(await page.locator(".flash").count(), 0, "flashes that we have not signed");
    for (const website of [
        "javascript:alert(1)",
        'https://x.example/" onclick=alert(1) "',
        "data:text/html,<script>alert(1)</script>",
    ]) {
        await page.goto("/account");
        await page.locator("main a >> text=Edit profile").click();
        await page.waitForURL(/\/edit$/);
        await page.fill("[name=website]", website);
        await page.evaluate(() =>
            document.querySelector("main form.form").setAttribute("novalidate", ""),
        );
        await page.locator("main form.form button >> text=Save").click();
        await page.waitForSelector(".errors, main .head__meta");
        await harmless(t, page);
    }
    quiet();
});
