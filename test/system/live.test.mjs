/*
 * live.test.mjs: open pages that change by themselves: what is typed, focused, scrolled to and
 * opened stays; a page goes on after a break; who loses a right sees it at once.
 */
import { test } from "./browser.mjs";

async function ideaPath(page) {
    await page.goto("/ideas?sort=votes&status=open");
    await page.locator(".row .row__title a").first().click();
    await page.waitForSelector("#comments");
    return new URL(page.url()).pathname;
}

async function comment(page, path, words) {
    await page.goto(path);
    await page.locator("#comments > .composer textarea").fill(words);
    await page.locator("#comments > .composer button[type=submit]").click();
    await page.waitForSelector(`.comment__body >> text=${words}`);
}

test("text, focus, scroll and what is open survive an update", async (t) => {
    const writer = await t.page({ as: "customer" });
    const path = await ideaPath(writer);
    const reader = await t.page({ as: "staff" });
    await reader.goto(path);
    const box = reader.locator("#comments > .composer textarea");
    await box.fill("Half a thought");
    await box.focus();
    await reader.evaluate(() => {
        const box = document.querySelector("#comments > .composer textarea");
        box.setSelectionRange(4, 7);
        document.querySelector("details.menu").open = true;
        window.scrollTo(0, document.documentElement.scrollHeight / 3);
        window.before = { node: box, y: window.scrollY };
    });
    await comment(writer, path, "Something new for all");
    await reader.waitForSelector(".comment__body >> text=Something new for all");
    const kept = await reader.evaluate(() => {
        const box = document.querySelector("#comments > .composer textarea");
        return {
            text: box.value,
            same: box === window.before.node,
            focus: document.activeElement === box,
            chosen: [box.selectionStart, box.selectionEnd].join(),
            open: document.querySelector("details.menu").open,
            moved: Math.abs(window.scrollY - window.before.y),
        };
    });
    t.equal(kept.text, "Half a thought", "typed text");
    t.equal(kept.same, true, "the field is the same one");
    t.equal(kept.focus, true, "focus");
    t.equal(kept.chosen, "4,7", "the chosen letters");
    t.equal(kept.open, true, "the open menu");
    t.equal(kept.moved <= 1, true, `scroll (moved by ${kept.moved})`);
});

/* turbo RULE 6 */
test("what is said while the page is on its way is shown behind it", async (t) => {
    const writer = await t.page({ as: "customer" });
    const path = await ideaPath(writer);
    const reader = await t.page({ as: "staff" });
    await reader.clock.install();
    await reader.goto(path);
    await reader.evaluate(() => {
        window.heard = 0;
        addEventListener("turbo:before-stream-render", () => window.heard++);
    });
    let asked, release;
    const under_way = new Promise((done) => (asked = done));
    const gate = new Promise((done) => (release = done));
    await reader.route((url) => url.pathname === path, async (route) => {
        const response = await route.fetch();
        asked();
        await gate;
        await route.fulfill({ response });
    }, { times: 1 });
    await comment(writer, path, "Said before");
    await under_way;
    const heard = await reader.evaluate(() => window.heard);
    await comment(writer, path, "Said meanwhile");
    await reader.waitForFunction((n) => window.heard > n, heard);
    await reader.clock.runFor(1000);
    release();
    await reader.waitForSelector(".comment__body >> text=Said before");
    await reader.waitForSelector(".comment__body >> text=Said meanwhile");
});

test("a list shows what others add, and how they vote", async (t) => {
    const writer = await t.page({ as: "customer" });
    const reader = await t.page();
    await reader.goto("/ideas?sort=newest");
    await writer.goto("/ideas/new");
    await writer.fill("[name=title]", "A lid that hums");
    await writer.fill("[name=body]", "So that one hears it close.");
    await writer.selectOption("[name=space]", { label: "Product ideas" });
    await writer.locator("main form.form button[type=submit]").click();
    await writer.waitForSelector("h1 >> text=A lid that hums");
    await reader.waitForSelector(".row >> text=A lid that hums");
    const row = reader.locator(".row:has-text('A lid that hums') [data-score]");
    const before = Number(await row.textContent());
    const voter = await t.page({ as: "staff" });
    await voter.goto(new URL(writer.url()).pathname);
    await voter.click(".post .vote--l .vote__btn");
    await reader.waitForFunction(
        ([title, n]) => [...document.querySelectorAll(".row")].some((row) =>
            row.textContent.includes(title) &&
            Number(row.querySelector("[data-score]")?.textContent) === n),
        ["A lid that hums", before + 1]);
});

test("an administrator sees jobs move", async (t) => {
    const page = await t.page({ as: "administrator" });
    await page.goto("/jobs");
    await page.waitForSelector("#jobs .row");
    await t.axe(page);
    await page.goto("/imports");
    await page.waitForSelector("h1 >> text=Imports");
    await t.axe(page);
});
